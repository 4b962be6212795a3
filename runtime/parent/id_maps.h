// Writing uid_map and gid_map of a child (user_namespaces(7)).
#pragma once

#include "runtime/base/fd.h"
#include "runtime/base/result.h"
#include "runtime/parent/child_proc.h"
#include "runtime/plan/plan.h"

namespace bulkhead {

/// Writes the maps of the child behind `proc`, directly or through newuidmap(1)
/// and newgidmap(1).
[[nodiscard]] Status write_id_maps(const Plan& plan, const ChildProc& proc);

/// Whether `plan` has a mount that takes the ids of a user namespace.
[[nodiscard]] bool has_idmaps(const Plan& plan);

/// A user namespace with the plan's maps and no process in it, for idmapped
/// mounts of a plan whose child's own cannot serve.
[[nodiscard]] Result<Fd> make_user_namespace(const Plan& plan);

}  // namespace bulkhead
