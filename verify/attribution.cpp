#include "verify/attribution.h"

#include <cerrno>
#include <csignal>

namespace bulkhead::verify {

std::string refused_by(const probes::Observation& attempt,
                       const std::string& boundary) {
  static_assert(kSentinelErrno == ENOANO);
  if (attempt.signal == SIGSYS) return "seccomp";
  if (attempt.signal == SIGKILL) return "limit";
  switch (attempt.error) {
    case kSentinelErrno:
    case ENOSYS:  // The control got through, so the kernel has the call.
      return "seccomp";
    case EPERM:
    case EACCES:
      return "capabilities-or-lsm";
    case EROFS:
      return "mount";
    case ENOENT:
    case ESRCH:
    case ECONNREFUSED:
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENOKEY:
      return "namespace";
    case EAGAIN:
    case ENOMEM:
    case ENOSPC:
    case EMFILE:
    case EDQUOT:
      return "limit";
    case ENXIO:
      return "devices";
    default:
      return boundary;
  }
}

}  // namespace bulkhead::verify
