// For a kind of quota that there is not: EINVAL comes first.
#include "probes/support/filter.h"
#include "probes/support/ordinary.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_quota {
namespace {

// QCMD(Q_GETQUOTA, 255)
constexpr unsigned kNoQuota = 0x800007U << 8 | 0xff;

Observation attempt(Inside&) {
  return observe(call(SYS_quotactl, kNoQuota, 0L, 0, 0L), {EINVAL}, "quotactl");
}

const Register kProbe{{
    .id = "seccomp/quota",
    .claim = "Disk quotas cannot be asked for or set.",
    .watches = {"seccomp"},
    .references = {"quotactl(2)"},
    .remedy = "Deny quotactl.",
    .attempt = attempt,
    .witness = [](Inside&) { return files_work(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_quota
