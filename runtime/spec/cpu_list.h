// Lists of CPUs and of memory nodes as cpuset(7) has them: "0-3,5".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bulkhead {

/// The highest numbers that a kernel can be built for.
inline constexpr std::uint64_t kMaxCpu = 8191;
inline constexpr std::uint64_t kMaxMemoryNode = 1023;

/// What is wanted of a list, for messages.
inline constexpr std::string_view kCpuListWanted =
    "numbers and ranges are wanted, such as 0-3,5";

/// `text` as the kernel shows it, sorted and without gaps between neighbours
/// ("5,0-2,3" is "0-3,5"); nothing if it is no list, or goes above `most`.
[[nodiscard]] std::optional<std::string> cpu_list(std::string_view text,
                                                  std::uint64_t most);

}  // namespace bulkhead
