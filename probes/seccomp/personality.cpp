// In children that end at once; the kernel looks at 32 bits of the argument.
// The witness asks, as debuggers and C libraries do.
#include <sys/personality.h>

#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_personality {
namespace {

constexpr long kQuestion = 0xffffffff;

Called become(long persona) { return call(SYS_personality, persona); }

Observation attempt(Inside&) {
  return observe_rows(
      {{"no address randomisation",
        [] { return become(ADDR_NO_RANDOMIZE); },
        {}},
       {"no address randomisation | 1 << 33",
        [] { return become(ADDR_NO_RANDOMIZE | 1L << 33); },
        {}},
       {"everything readable is executable",
        [] { return become(READ_IMPLIES_EXEC); },
        {}},
       {"page zero is mapped", [] { return become(MMAP_PAGE_ZERO); }, {}}});
}

Observation witness(Inside&) {
  const Called asked = become(kQuestion);
  return asked.ok() ? works("personality " + std::to_string(asked.value))
                    : broken("personality: " + errno_name(asked.error));
}

const Register kProbe{{
    .id = "seccomp/personality",
    .claim = "A process cannot turn its own hardening off, whatever the "
             "ignored high bits.",
    .watches = {"seccomp"},
    .references = {"personality(2)", "CVE-2019-10063"},
    .remedy = "Allow personality(2) for a list of values, compared as 32 bits.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_personality
