// What the landlock probes have in common.
#pragma once

#include "probes/probe.h"

namespace bulkhead::probes {

/// Tells "abi": what the kernel answers the harness, whom no filter keeps
/// from asking (landlock_create_ruleset(2)); 0: it has no Landlock.
void plant_abi(Outside& outside);

/// `seen`; or, where an attempt got through and the kernel cannot do better,
/// that it lacks ABI `least`.
[[nodiscard]] Observation unless_absent(const Inside& inside, int least,
                                        Observation seen);

/// A bystander that hands out its own directory, which holds a file "foreign"
/// with the nonce.
[[nodiscard]] bool plant_foreign_directory(Outside& outside);
void clean_foreign_directory(Outside& outside);

/// Reached if the file can be read, or the directory listed, by the handed
/// descriptor.
[[nodiscard]] Observation open_foreign_directory(const Inside& inside);

/// The permitted twin: a file of the rootfs, by a descriptor of its directory.
[[nodiscard]] Observation open_own_directory(const Inside& inside);

}  // namespace bulkhead::probes
