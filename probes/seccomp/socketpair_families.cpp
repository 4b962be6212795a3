// With a type that no family has: EINVAL comes before any module is loaded.
#include <sys/socket.h>

#include <array>

#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_socketpair_families {
namespace {

constexpr int kNoType = 15;

Called ask(long family, int type) {
  std::array<int, 2> ends{-1, -1};
  const Called made = call(SYS_socketpair, family, type, 0, ends.data());
  if (made.ok()) {
    close(ends[0]);
    close(ends[1]);
  }
  return made;
}

Observation attempt(Inside&) {
  return observe_rows(
      {{"AF_VSOCK", [] { return ask(AF_VSOCK, kNoType); }, {EINVAL}},
       {"AF_ALG", [] { return ask(AF_ALG, kNoType); }, {EINVAL}},
       {"AF_TIPC", [] { return ask(AF_TIPC, kNoType); }, {EINVAL}},
       // The kernel looks at 32 bits.
       {"AF_TIPC | 1 << 32",
        [] { return ask(AF_TIPC | 1L << 32, kNoType); },
        {EINVAL}}});
}

Observation witness(Inside&) {
  const Called made = ask(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC);
  return made.ok() ? works("a pair of unix sockets")
                   : broken("socketpair: " + errno_name(made.error));
}

const Register kProbe{{
    .id = "seccomp/socketpair-families",
    .claim = "Rare socket families are not let through in pairs either.",
    .watches = {"seccomp"},
    .references = {"socketpair(2)", "CVE-2021-43267"},
    .remedy = "Allow socketpair for the families that socket is allowed for.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_socketpair_families
