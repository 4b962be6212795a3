// The crash box's host name as a canary.
#pragma once

#include <string>

#include "probes/probe.h"

namespace bulkhead::probes {

/// Names the box `prefix` + part of the nonce; tells "name" and what it was
/// ("before"). Refuses in the machine's first UTS namespace.
[[nodiscard]] bool plant_hostname(Outside& outside, const std::string& prefix);

/// Gives the box its name back.
void restore_hostname(Outside& outside);

/// `prefix` + the first 12 characters of `nonce`.
[[nodiscard]] std::string canary_hostname(const std::string& prefix,
                                          const std::string& nonce);

}  // namespace bulkhead::probes
