// What bulkhead-probe prints for people.
#pragma once

#include <string>
#include <string_view>

namespace bulkhead::probes {

/// Tries, here and now, every attempt that needs no planted fact, and says
/// what came of it, line by line. False: the output could not be written.
[[nodiscard]] bool say_table(bool (*say)(std::string_view),
                             const std::string& inherited);

/// "id  claim" lines.
[[nodiscard]] std::string list_text();

/// "uid R E S gid R E S caps PERMITTED EFFECTIVE" of this process, one line.
[[nodiscard]] std::string ids_text();

}  // namespace bulkhead::probes
