// A user's keyring is not a session's: joining a new session keyring hides
// nothing of it. Asked for by number, never written.
#include "probes/support/filter.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_user_keyring {
namespace {

constexpr int kGetId = 0, kUserKeyring = -4, kMake = 1;

Called ask() { return call(SYS_keyctl, kGetId, kUserKeyring, kMake); }

Observation attempt(Inside& inside) {
  const auto outer = number(inside.planted("serial"));
  if (!outer) return absent("this kernel has no keyrings");
  const Called own = ask();
  if (!own.ok()) return observe(own, {}, "keyctl");
  const std::string text = "keyring " + std::to_string(own.value);
  return own.value == static_cast<long>(*outer) ? reached("the host's " + text)
                                                : refused(0, "an own " + text);
}

bool plant(Outside& outside) {
  const Called serial = ask();
  if (serial.ok()) outside.tell("serial", std::to_string(serial.value));
  return serial.ok() || serial.error == ENOSYS;
}

const Register kProbe{{
    .id = "seccomp/user-keyring",
    .claim = "The keyring of the host's user cannot be reached.",
    .watches = {"seccomp", "userns"},
    .references = {"user-keyring(7)", "keyrings(7)"},
    .remedy = "Deny keyctl, or use a user namespace.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
    .plant = plant,
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_user_keyring
