// Another program, started by this one.
#include "probes/support/filter.h"
#include "probes/support/ordinary.h"
#include "probes/support/program.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_over_exec {
namespace {

Observation attempt(Inside& inside) {
  const Ids ids = ids_of(inside.spec("root") + "/bin/bulkhead-probe");
  if (!ids.whole) return broken("the program said: " + ids.text);
  return ids.seccomp == "0" ? reached("a new program has no filter")
                            : refused(0, ids.text);
}

const Register kProbe{{
    .id = "seccomp/over-exec",
    .claim = "A program cannot be started without the filter.",
    .watches = {"seccomp"},
    .references = {"seccomp(2)", "execve(2)"},
    .remedy = "Load the filter before the workload starts.",
    .attempt = attempt,
    .witness = [](Inside&) { return spawning_works(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_over_exec
