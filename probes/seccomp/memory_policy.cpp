// Questions about nothing, and a policy that there is not.
#include "probes/support/filter.h"
#include "probes/support/ordinary.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_memory_policy {
namespace {

Observation attempt(Inside&) {
  return observe_rows(
      {{"get_mempolicy",
        [] { return call(SYS_get_mempolicy, 0L, 0L, 0UL, 0L, 0UL); },
        {}},
       {"set_mempolicy",
        [] { return call(SYS_set_mempolicy, 999, 0L, 0UL); },
        {EINVAL}},
       {"move_pages",
        [] { return call(SYS_move_pages, 0, 0UL, 0L, 0L, 0L, 0); },
        {}}});
}

const Register kProbe{{
    .id = "seccomp/memory-policy",
    .claim = "Nobody chooses the memory node of its pages.",
    .watches = {"seccomp"},
    .references = {"numa(7)", "move_pages(2)"},
    .remedy = "Deny the calls of memory policies.",
    .attempt = attempt,
    .witness = [](Inside&) { return memory_works(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_memory_policy
