// The lowest score but one, for a child that ends at once.
#include <fcntl.h>
#include <linux/capability.h>

#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_oom_score_floor {
namespace {

Called write_score(const char* score, std::size_t length) {
  const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return called(-1);
  const Called wrote = called(write(file, score, length));
  close(file);
  return wrote;
}

Observation attempt(Inside& inside) {
  return unless_lacking(inside, in_child([] {
                          return observe(write_score("-999", 4), {},
                                         "oom_score_adj -999");
                        }));
}

Observation witness(Inside&) {
  return in_child([] {
    const Called wrote = write_score("1000", 4);
    // A read-only /proc is a harder no.
    return wrote.ok() || wrote.error == EROFS
               ? works("to be the first to go is allowed")
               : broken("oom_score_adj 1000: " + errno_name(wrote.error));
  });
}

const Register kProbe{{
    .id = "capabilities/oom-score-floor",
    .claim = "No process can put itself out of the OOM killer's reach.",
    .watches = {"capabilities", "userns"},
    .references = {"proc_pid_oom_score_adj(5)",
                   "capabilities(7) CAP_SYS_RESOURCE"},
    .remedy = "Drop CAP_SYS_RESOURCE.",
    .attempt = attempt,
    .witness = witness,
    .plant =
        [](Outside& outside) { return plant_held(outside, CAP_SYS_RESOURCE); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_oom_score_floor
