// The part of spec and facts that Landlock and the labels are.
#pragma once

#include "probes/probe.h"
#include "runtime/spec/spec.h"

namespace bulkhead::verify {

/// Asks for the profile of the test where it is loaded; nobody loads it here.
void ask_for_profile(Spec& spec);

/// Adds the facts "landlock.…" and "lsm.…" of `spec`.
void add_confinement_facts(const Spec& spec, probes::Facts& facts);

}  // namespace bulkhead::verify
