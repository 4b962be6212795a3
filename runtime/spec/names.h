// The field's words for numbers: capabilities, rlimits, namespaces, errnos.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/spec/spec.h"

namespace bulkhead {

inline constexpr unsigned kCapabilityCount = 41;  ///< …CHECKPOINT_RESTORE (5.9)

/// The mask of one capability, CAP_….
[[nodiscard]] constexpr CapabilityMask capability_bit(unsigned capability) {
  return CapabilityMask{1} << capability;
}

inline constexpr CapabilityMask kAllCapabilities =
    (CapabilityMask{1} << kCapabilityCount) - 1;

/// "CAP_CHOWN" … ; "CAP_<number>" for one newer than this table.
[[nodiscard]] std::string capability_name(unsigned number);
/// The number of "CAP_SYS_ADMIN", "SYS_ADMIN", "sys_admin", "CAP_41", …
[[nodiscard]] std::optional<unsigned> capability_named(std::string_view name);
/// The names of the bits of `mask`, in order.
[[nodiscard]] std::vector<std::string> capability_names(CapabilityMask mask);
/// Every capability of the running kernel (cap_last_cap).
[[nodiscard]] CapabilityMask running_capabilities();

/// RLIMIT_* of "RLIMIT_NOFILE" or "nofile".
[[nodiscard]] std::optional<int> rlimit_named(std::string_view name);
/// "RLIMIT_NOFILE"; empty if the number is unknown.
[[nodiscard]] std::string_view rlimit_name(int resource);

/// OCI's words: pid mount network ipc uts user cgroup time.
[[nodiscard]] std::optional<NamespaceKind> namespace_named(
    std::string_view oci_name);
[[nodiscard]] std::string_view oci_name_of(NamespaceKind kind);

/// "0755", as mode_t is written everywhere.
[[nodiscard]] std::string octal(std::uint32_t mode);

/// 1 of "EPERM" or "1"; 1..4095.
[[nodiscard]] std::optional<std::uint32_t> errno_named(std::string_view name);

}  // namespace bulkhead
