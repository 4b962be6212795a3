// What one process tells another, or a user, through a descriptor.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace bulkhead::verify {

/// Writes all of `text`, however often write(2) has to be called. False, with
/// its errno, when it cannot be written to its end.
[[nodiscard]] bool say_text(int fd, std::string_view text);

/// The same for one value on a line of its own. Evidence may hold bytes that
/// are no UTF-8: they are replaced.
[[nodiscard]] bool say_line(int fd, const nlohmann::json& value);

}  // namespace bulkhead::verify
