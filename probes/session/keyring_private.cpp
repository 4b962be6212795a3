// A key in the caller's session keyring, which a start inherits.
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::session_keyring_private {
namespace {

constexpr int kSearch = 10, kJoinSession = 1, kSetPermissions = 5, kUnlink = 9;
constexpr int kSessionKeyring = -3;
constexpr unsigned kAllMayAll = 0x3f3f3f3f;

Observation attempt(Inside& inside) {
  const Called found = call(SYS_keyctl, kSearch, kSessionKeyring, "user",
                            inside.nonce().c_str(), 0);
  // EACCES: found, only not for us.
  return observe(found, {EACCES}, "keyctl search for the host's key");
}

Observation witness(Inside&) {
  const Called asked = called(getppid());
  return asked.ok() ? works("system calls answer") : broken("getppid fails");
}

bool plant(Outside& outside) {
  // A new one for the harness, so that nothing of the machine's is touched.
  if (!call(SYS_keyctl, kJoinSession, 0L).ok()) return false;
  const std::string payload = outside.nonce();
  const Called key = call(SYS_add_key, "user", payload.c_str(), payload.data(),
                          payload.size(), kSessionKeyring);
  if (!key.ok()) return false;
  outside.tell("key", std::to_string(key.value));
  return call(SYS_keyctl, kSetPermissions, kSessionKeyring, kAllMayAll).ok() &&
         call(SYS_keyctl, kSetPermissions, key.value, kAllMayAll).ok();
}

void clean(Outside& outside) {
  if (const auto key = number(outside.told("key"))) {
    static_cast<void>(call(SYS_keyctl, kUnlink, *key, kSessionKeyring));
  }
}

const Register kProbe{{
    .id = "session/keyring-private",
    .claim = "The caller's session keyring is not inherited.",
    .watches = {"session", "seccomp"},
    .references = {"session-keyring(7)", "keyctl(2)"},
    .remedy = "Join a new session keyring before the workload starts.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
}};

}  // namespace
}  // namespace bulkhead::probes::session_keyring_private
