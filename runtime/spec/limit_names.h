// How limits of block devices and of huge pages are called.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/spec/resources.h"

namespace bulkhead {

/// By IoKind: the keys of cgroup v2's io.max, …
inline constexpr std::array<std::string_view, kIoKinds> kIoKeys = {
    "rbps", "wbps", "riops", "wiops"};
/// …the files of v1, between "blkio.throttle." and "_device", …
inline constexpr std::array<std::string_view, kIoKinds> kIoFiles = {
    "read_bps", "write_bps", "read_iops", "write_iops"};
/// …and the members of OCI's blockIO.
inline constexpr std::array<std::string_view, kIoKinds> kIoMembers = {
    "throttleReadBpsDevice", "throttleWriteBpsDevice", "throttleReadIOPSDevice",
    "throttleWriteIOPSDevice"};

/// Two limits of the same thing: only one could hold.
[[nodiscard]] inline bool same_target(const IoLimit& one,
                                      const IoLimit& other) {
  return one.kind == other.kind && one.major == other.major &&
         one.minor == other.minor;
}

/// What is wanted of the size of a huge page, for messages.
inline constexpr std::string_view kHugepageWanted =
    "a size of this kernel's huge pages is wanted, such as 2MB or 1GB";

/// The bytes of one huge page "64KB", "2MB" or "1GB", as the kernel spells them
/// in the names of files; nothing if `text` is no such size.
[[nodiscard]] std::optional<std::uint64_t> hugepage_bytes(
    std::string_view text);

/// The name of such a size.
[[nodiscard]] std::string hugepage_name(std::uint64_t bytes);

}  // namespace bulkhead
