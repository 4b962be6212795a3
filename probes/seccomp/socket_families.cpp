// With a type that no family has: EINVAL comes before any module is loaded.
#include <sys/socket.h>

#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_socket_families {
namespace {

constexpr int kNoType = 15;

Called ask(long family) { return call(SYS_socket, family, kNoType, 0); }

Observation attempt(Inside&) {
  return observe_rows(
      {{"AF_VSOCK", [] { return ask(AF_VSOCK); }, {EINVAL}},
       {"AF_ALG", [] { return ask(AF_ALG); }, {EINVAL}},
       // The kernel looks at 32 bits.
       {"AF_VSOCK | 1 << 32",
        [] { return ask(AF_VSOCK | 1L << 32); },
        {EINVAL}},
       {"AF_ALG | 1 << 32", [] { return ask(AF_ALG | 1L << 32); }, {EINVAL}}});
}

Observation witness(Inside&) {
  for (const int family : {AF_UNIX, AF_INET, AF_INET6}) {
    const Called made = call(SYS_socket, family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (made.ok()) {
      close(static_cast<int>(made.value));
    } else if (family != AF_INET6 || made.error != EAFNOSUPPORT) {
      return broken("family " + std::to_string(family) + ": " +
                    errno_name(made.error));
    }
  }
  return works("unix and internet sockets");
}

const Register kProbe{{
    .id = "seccomp/socket-families",
    .claim = "Rare socket families are not let through.",
    .watches = {"seccomp"},
    .references = {"socket(2)", "moby 0597e05", "CVE-2026-31431"},
    .remedy = "Allow only the socket families that are needed.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_socket_families
