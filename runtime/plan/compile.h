// Spec → Plan: everything that resolves, allocates, parses or compiles.
#pragma once

#include "runtime/host/host.h"
#include "runtime/plan/plan.h"

namespace bulkhead {

/// `spec` as it is compiled: without the boundaries that are taken out of it,
/// and with the id maps that this caller can have.
[[nodiscard]] Spec effective(Spec spec, const Host& host);

/// The steps that build `spec` on `host`, in their order. Errors: what the
/// spec asks for and this host cannot give, with a remedy; an unknown name in
/// `skipped_steps`.
[[nodiscard]] Result<Plan> compile(Spec spec, const Host& host);

}  // namespace bulkhead
