// Sabotage as a transformation of the spec: the same code then builds the
// weaker container, so a control differs from its subject in one boundary.
#pragma once

#include "runtime/spec/spec.h"

namespace bulkhead {

/// Takes `boundary` out of `spec` and writes it, with every boundary that
/// cannot stay without it, into `spec.without`. Does not set `spec.unsafe`.
void remove_boundary(Spec& spec, Boundary boundary);

/// Lets the container share a namespace (`ns` is the host's or one to join)
/// and drops or replaces what only a new one could have had. No sabotage: many
/// containers share one on purpose.
void share_namespace(Spec& spec, NamespaceKind kind, Namespace ns);

}  // namespace bulkhead
