// The mechanisms that confine: one word each, the same in code, folders,
// flags and reports.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>

namespace bulkhead {

enum class Boundary : std::uint8_t {
  kPidns,
  kMountns,
  kNetns,
  kIpcns,
  kUtsns,
  kUserns,
  kCgroupns,
  kTimens,
  kRootfs,
  kDevices,
  kCgroup,
  kCapabilities,
  kNoNewPrivs,
  kSeccomp,
  kLandlock,
  kLsm,
  kRlimits,
  kFds,
  kSession,
};

inline constexpr std::array<std::string_view, 19> kBoundaryNames = {
    "pidns",  "mountns",      "netns",        "ipcns",   "utsns",
    "userns", "cgroupns",     "timens",       "rootfs",  "devices",
    "cgroup", "capabilities", "no_new_privs", "seccomp", "landlock",
    "lsm",    "rlimits",      "fds",          "session"};

using BoundarySet = std::set<Boundary>;

[[nodiscard]] constexpr std::string_view name_of(Boundary boundary) {
  return kBoundaryNames[static_cast<std::size_t>(boundary)];
}

/// The boundary called `name`, or nothing.
[[nodiscard]] constexpr std::optional<Boundary> boundary_named(
    std::string_view name) {
  for (std::size_t i = 0; i < kBoundaryNames.size(); ++i) {
    if (kBoundaryNames[i] == name) return static_cast<Boundary>(i);
  }
  return std::nullopt;
}

}  // namespace bulkhead
