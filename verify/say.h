// What one process tells another, or a user, through a descriptor.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "runtime/base/result.h"

namespace bulkhead::verify {

/// Writes all of `text`, however often write(2) has to be called. False, with
/// its errno, when it cannot be written to its end.
[[nodiscard]] bool say_text(int fd, std::string_view text);

/// The same for one value on a line of its own. Evidence may hold bytes that
/// are no UTF-8: they are replaced.
[[nodiscard]] bool say_line(int fd, const nlohmann::json& value);

/// Tells the user of `bulkhead VERB` why it ends. What it ends with: kExitUsage
/// where they asked for what cannot be, else kExitInconclusive.
[[nodiscard]] int complain(const char* verb, const Error& error);

}  // namespace bulkhead::verify
