// What the probes are told of the spec (probes/facts.md).
#pragma once

#include <string>

#include "probes/probe.h"
#include "runtime/spec/spec.h"
#include "verify/tested_spec.h"

namespace bulkhead::verify {

/// The facts of `spec`. `root` is where the fixtures are as seen from inside:
/// empty in a pivoted container.
[[nodiscard]] probes::Facts facts_of(const Spec& spec, const std::string& root);

}  // namespace bulkhead::verify
