// A careless caller prefers itself to others.
#include <sys/resource.h>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::session_priority_default {
namespace {

Observation attempt(Inside& inside) {
  errno = 0;
  const int have = getpriority(PRIO_PROCESS, 0);
  if (errno != 0) return broken("getpriority: " + errno_name(errno));
  const std::string text = "nice " + std::to_string(have);
  if (have < 0) return reached(text);
  return inside.planted("preferred") == "no"
             ? absent("the harness may not prefer itself")
             : refused(0, text);
}

Observation witness(Inside&) {
  const int have = getpriority(PRIO_PROCESS, 0);
  return setpriority(PRIO_PROCESS, 0, have + 1) == 0
             ? works("to stand back is allowed")
             : broken("setpriority: " + errno_name(errno));
}

bool plant(Outside& outside) {
  const int before = getpriority(PRIO_PROCESS, 0);
  outside.tell("before", std::to_string(before));
  const bool preferred = setpriority(PRIO_PROCESS, 0, -1) == 0;
  outside.tell("preferred", preferred ? "yes" : "no");
  return true;
}

void clean(Outside& outside) {
  static_cast<void>(
      setpriority(PRIO_PROCESS, 0, std::atoi(outside.told("before").c_str())));
}

const Register kProbe{{
    .id = "session/priority-default",
    .claim = "The workload is not preferred to others because its caller was.",
    .watches = {"session"},
    .references = {"setpriority(2)", "sched(7)"},
    .remedy = "Set the nice value to 0 where the caller has a lower one.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
}};

}  // namespace
}  // namespace bulkhead::probes::session_priority_default
