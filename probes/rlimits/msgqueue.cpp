// Queues until the limit says no; each is removed as soon as it is open.
#include <fcntl.h>
#include <mqueue.h>

#include "probes/support/child.h"
#include "probes/support/rlimit.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rlimits_msgqueue {
namespace {

constexpr rlim_t kMost = 1 << 20;
constexpr long kMessages = 8, kMessageBytes = 4096;

// Bytes in queues when no more could be made; `error` is why.
Observation fill(const std::string& name, rlim_t limit) {
  mq_attr shape{};
  shape.mq_maxmsg = kMessages;
  shape.mq_msgsize = kMessageBytes;
  rlim_t bytes = 0;
  int error = 0;
  while (bytes <= limit && error == 0) {
    const mqd_t queue =
        mq_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600, &shape);
    if (queue < 0) {
      error = errno;
    } else {
      mq_unlink(name.c_str());
      bytes += rlim_t{kMessages} * kMessageBytes;
    }
  }
  const std::string text =
      std::to_string(bytes) + " bytes of " + std::to_string(limit);
  if (error == ENOSYS && !filtered()) return absent("no message queues");
  return bytes > limit ? reached(text)
                       : refused(error, text + ", then " + errno_name(error));
}

Observation attempt(Inside& inside) {
  const std::string name = "/fill-" + inside.nonce();
  return try_beyond(inside, "msgqueue", kMost,
                    [&](rlim_t limit) { return fill(name, limit); });
}

Observation witness(Inside& inside) {
  return in_child([&inside] {
    const Observation seen = fill("/one-" + inside.nonce(), 1);
    return seen.outcome == Outcome::kRefused ? broken(seen.evidence)
                                             : works(seen.evidence);
  });
}

const Register kProbe{{
    .id = "rlimits/msgqueue",
    .claim = "Message queues take no more than the limit.",
    .watches = {"rlimits"},
    .references = {"mq_overview(7)", "setrlimit(2) RLIMIT_MSGQUEUE",
                   "OCI process.rlimits", "getrlimit(2)"},
    .remedy = "Set the limit before the workload starts.",
    .attempt = attempt,
    .witness = witness,
    .plant =
        [](Outside& outside) {
          return plant_limit(outside, RLIMIT_MSGQUEUE, 1 << 20);
        },
    .clean = [](Outside& outside) { restore_limit(outside, RLIMIT_MSGQUEUE); },
}};

}  // namespace
}  // namespace bulkhead::probes::rlimits_msgqueue
