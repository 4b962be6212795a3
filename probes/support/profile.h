// The AppArmor profile that the lsm probes are tried under. Whoever may change
// the machine's policy loads it (probes/lsm/bulkhead-verify.apparmor); nothing
// here does.
#pragma once

#include <string>

#include "probes/probe.h"

namespace bulkhead::probes {

inline constexpr const char* kTestProfile = "bulkhead-verify";
/// What no path under the profile may contain: it denies writing there.
inline constexpr const char* kDeniedName = "bulkhead-denied";

/// Outside, tried: "" where a program can be executed under the profile, else
/// why not.
[[nodiscard]] std::string why_no_profile();

/// Tells "why_not": why_no_profile().
void plant_profile(Outside& outside);

/// The label that this process has, as its module of `fact` ("lsm.apparmor")
/// shows it, without AppArmor's mode; empty (errno set) if it cannot be read.
[[nodiscard]] std::string own_label(const std::string& fact);

}  // namespace bulkhead::probes
