// Spec → Plan: everything that resolves, allocates, parses or compiles.
#pragma once

#include "runtime/host/host.h"
#include "runtime/plan/plan.h"

namespace bulkhead {

/// The steps that build `spec` on `host`, in their order. Errors: what the
/// spec asks for and this host cannot give, with a remedy; an unknown name in
/// `skipped_steps`.
[[nodiscard]] Result<Plan> compile(Spec spec, const Host& host);

}  // namespace bulkhead
