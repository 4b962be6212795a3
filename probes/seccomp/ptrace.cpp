// A child asks to be traced by its parent, which then lets it end.
#include <sys/ptrace.h>

#include "probes/support/filter.h"
#include "probes/support/ordinary.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_ptrace {
namespace {

Observation attempt(Inside&) {
  return observe_rows(
      {{"PTRACE_TRACEME",
        [] { return call(SYS_ptrace, PTRACE_TRACEME, 0, 0L, 0L); },
        {}},
       // No process has this number.
       {"PTRACE_SEIZE",
        [] { return call(SYS_ptrace, PTRACE_SEIZE, -1, 0L, 0L); },
        {ESRCH}}});
}

const Register kProbe{{
    .id = "seccomp/ptrace",
    .claim = "No process can trace another: a tracer rewrites system calls "
             "past the filter.",
    .watches = {"seccomp"},
    .references = {"ptrace(2)", "seccomp(2)", "moby 1124543ca8"},
    .remedy = "Deny ptrace.",
    .attempt = attempt,
    .witness = [](Inside&) { return spawning_works(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_ptrace
