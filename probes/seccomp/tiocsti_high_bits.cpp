// On no descriptor at all: EBADF comes only past the filter. The kernel looks
// at the low 32 bits of the request.
#include <sys/ioctl.h>

#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_tiocsti_high_bits {
namespace {

constexpr unsigned long kLinux = 0x541c;

Called ask(unsigned long request) {
  return call(SYS_ioctl, -1L, request, kBadPointer);
}

Observation attempt(Inside&) {
  return observe_rows(
      {{"TIOCSTI", [] { return ask(TIOCSTI); }, {EBADF}},
       {"TIOCSTI | 1 << 32", [] { return ask(TIOCSTI | 1UL << 32); }, {EBADF}},
       {"TIOCSTI | 1 << 63", [] { return ask(TIOCSTI | 1UL << 63); }, {EBADF}},
       {"TIOCLINUX", [] { return ask(kLinux); }, {EBADF}},
       {"TIOCLINUX | 1 << 32",
        [] { return ask(kLinux | 1UL << 32); },
        {EBADF}}});
}

Observation witness(Inside&) {
  // The twin: another request on no descriptor gets its EBADF.
  const Called asked = call(SYS_ioctl, -1L, TIOCGWINSZ, kBadPointer);
  return asked.error == EBADF
             ? works("TIOCGWINSZ is let through")
             : broken("TIOCGWINSZ: " + errno_name(asked.error));
}

const Register kProbe{{
    .id = "seccomp/tiocsti-high-bits",
    .claim = "Input cannot be pushed into a terminal, whatever the ignored "
             "high bits.",
    .watches = {"seccomp"},
    .references = {"CVE-2017-5226", "CVE-2019-10063", "CVE-2019-7303",
                   "CVE-2019-9893", "CVE-2023-28100", "TIOCSTI(2const)"},
    .remedy = "Deny TIOCSTI and TIOCLINUX with a masked comparison of 32 bits.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_tiocsti_high_bits
