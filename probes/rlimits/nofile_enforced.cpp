// Descriptors until the limit says no, in a child.
#include <fcntl.h>

#include "probes/support/child.h"
#include "probes/support/rlimit.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rlimits_nofile_enforced {
namespace {

constexpr rlim_t kMost = 100000;

Observation fill(rlim_t limit) {
  rlim_t highest = 0;
  int error = 0;
  while (highest < limit + 8) {
    const int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (fd < 0) {
      error = errno;
      break;
    }
    highest = static_cast<rlim_t>(fd) + 1;
  }
  const std::string text =
      std::to_string(highest) + " descriptors of " + std::to_string(limit);
  if (highest > limit) return reached(text);
  return refused(error, text + ", then " + errno_name(error));
}

Observation attempt(Inside& inside) {
  const auto asked = asked_limit(inside, "nofile");
  if (!asked || asked->rlim_max > kMost) {
    return fact_missing("rlimit.nofile", "is missing or too large to try");
  }
  return in_child([limit = asked->rlim_max] {
    // As far as we are let.
    rlimit have{};
    if (getrlimit(RLIMIT_NOFILE, &have) == 0) {
      have.rlim_cur = have.rlim_max;
      static_cast<void>(setrlimit(RLIMIT_NOFILE, &have));
    }
    return fill(limit);
  });
}

Observation witness(Inside&) {
  const int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (fd < 0) return broken("dup: " + errno_name(errno));
  close(fd);
  return works("one more descriptor");
}

const Register kProbe{{
    .id = "rlimits/nofile-enforced",
    .claim = "No more descriptors than the limit can be opened.",
    .watches = {"rlimits"},
    .references = {"OCI process.rlimits", "getrlimit(2) RLIMIT_NOFILE",
                   "CIS Docker 5.18"},
    .remedy = "Set RLIMIT_NOFILE before the workload starts.",
    .attempt = attempt,
    .witness = witness,
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::rlimits_nofile_enforced
