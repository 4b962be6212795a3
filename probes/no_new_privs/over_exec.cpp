// Another program, started by this one.
#include "probes/support/filter.h"
#include "probes/support/program.h"
#include "probes/support/try.h"

namespace bulkhead::probes::no_new_privs_over_exec {
namespace {

Observation attempt(Inside& inside) {
  const Ids ids = ids_of(inside.spec("root") + "/bin/bulkhead-probe");
  if (!ids.whole) return broken("the program said: " + ids.text);
  return ids.no_new_privs == "0" ? reached("a new program has none set")
                                 : refused(0, ids.text);
}

const Register kProbe{{
    .id = "no_new_privs/over-exec",
    .claim = "no_new_privs is kept by every program that is started.",
    .watches = {"no_new_privs"},
    .references = {"PR_SET_NO_NEW_PRIVS(2const)", "execve(2)"},
    .remedy = "Set noNewPrivileges.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::no_new_privs_over_exec
