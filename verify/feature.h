// The spec in parts, so that no subject can forget one in silence: a command
// line has words for a part, or the part is not offered.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/base/boundary.h"
#include "runtime/spec/spec.h"

namespace bulkhead::verify {

enum class Feature : std::uint8_t {
  kPidNs,
  kMountNs,
  kNetNs,
  kIpcNs,
  kUtsNs,
  kUserNs,
  kCgroupNs,
  kTimeNs,
  kMonotonicOffset,
  kBoottimeOffset,
  kLoopback,  ///< Up, in a new network namespace.
  kHostname,
  kDomainname,
  kRoot,
  kReadOnlyRoot,
  kRootFlags,
  kIdMappedRoot,
  kMinimalDev,
  kProc,
  kSysfs,
  kCgroupMount,
  kDevpts,
  kMqueue,
  kTmpfs,
  kBind,
  kMaskedProc,
  kMaskedSys,
  kReadOnlyPaths,
  kDeviceRules,
  kMemory,
  kSwap,
  kPids,
  kCpuQuota,
  kCpuWeight,
  kUser,
  kGroup,
  kAdditionalGroups,
  kUmask,
  kOomScore,
  kNoNewPrivs,
  kNoCapabilities,
  kSomeCapabilities,
  kSeccomp,
  kRlimits,
  kAddressSpace,  ///< The one rlimit that has a name in few places.
  kCwd,
  kEnvironment,
  kCleanEnvironment,
  kSession,
  kSignals,
  kPersonality,
  kPriority,
  kKeyring,
  kCloseFds,
  kSysctls,
  kEnd,  ///< No part: their number.
};

/// What a word may name in braces, and its value.
using Values = std::map<std::string, std::string, std::less<>>;

/// One part of the spec.
struct Part {
  Feature feature;
  Boundary boundary;
  const char* name;  ///< As a report calls what is not offered.
  /// The values of each time that `spec` asks for it; none: it does not.
  std::vector<Values> (*asked)(const Spec& spec);
};

/// Every part once, in the order of Feature.
[[nodiscard]] const std::vector<Part>& parts();

}  // namespace bulkhead::verify
