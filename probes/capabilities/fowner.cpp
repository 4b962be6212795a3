// Somebody else's file, opened without leaving a trace of the access: nothing
// is changed, and a read-only root does not stand in the way.
#include <fcntl.h>

#include "probes/support/capability.h"
#include "probes/support/files.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_fowner {
namespace {

Observation attempt(Inside& inside) {
  Observation why;
  const int file = open_foreign(inside, O_RDONLY | O_NOATIME, why);
  if (file < 0) return why;
  close(file);
  return reached("opened somebody else's file with O_NOATIME");
}

const Register kProbe{{
    .id = "capabilities/fowner",
    .claim = "Somebody else's files are not treated as one's own.",
    .watches = {"capabilities"},
    .references = {"capabilities(7) CAP_FOWNER", "open(2) O_NOATIME"},
    .remedy = "Drop CAP_FOWNER.",
    .attempt = attempt,
    .witness =
        [](Inside& inside) {
          Observation why;
          const int file = open_foreign(inside, O_RDONLY, why);
          if (file < 0) {
            return why.outcome == Outcome::kAbsent ? works(why.evidence) : why;
          }
          close(file);
          return works("the same file can be read");
        },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_fowner
