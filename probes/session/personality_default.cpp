// A careless caller, started by a debugger or by setarch -R: its addresses are
// not random, and neither are those of what it starts.
#include <sys/personality.h>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::session_personality_default {
namespace {

constexpr unsigned long kQuestion = 0xffffffff;

Observation attempt(Inside&) {
  const Called have = call(SYS_personality, kQuestion);
  if (!have.ok()) return broken("personality: " + errno_name(have.error));
  return (have.value & ADDR_NO_RANDOMIZE) != 0
             ? reached("addresses are not random: ADDR_NO_RANDOMIZE")
             : refused(0, "personality " + std::to_string(have.value));
}

Observation witness(Inside&) {
  const Called have = call(SYS_personality, kQuestion);
  return have.ok() ? works("personality " + std::to_string(have.value))
                   : broken("personality: " + errno_name(have.error));
}

bool plant(Outside& outside) {
  const Called before = call(SYS_personality, kQuestion);
  if (!before.ok()) return false;
  outside.tell("before", std::to_string(before.value));
  return call(SYS_personality, before.value | ADDR_NO_RANDOMIZE).ok();
}

void clean(Outside& outside) {
  if (const auto before = number(outside.told("before"))) {
    static_cast<void>(call(SYS_personality, *before));
  }
}

const Register kProbe{{
    .id = "session/personality-default",
    .claim = "The caller's personality does not arrive: addresses stay random.",
    // AppArmor clears it on the way into a profile.
    .watches = {"session", "lsm"},
    .references = {"personality(2)", "OCI linux.personality"},
    .remedy = "Set the personality before the workload starts.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
}};

}  // namespace
}  // namespace bulkhead::probes::session_personality_default
