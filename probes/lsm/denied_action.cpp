// A label is a word; what it denies is tried. The profile of the test lets all
// through but writing to files of one name.
#include <fcntl.h>

#include "probes/support/profile.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::lsm_denied_action {
namespace {

Called make(const Inside& inside, const std::string& name) {
  const std::string path = scratch(inside) + "/" + name;
  const Called made = call(SYS_openat, AT_FDCWD, path.c_str(),
                           O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (made.ok()) {
    close(static_cast<int>(made.value));
    unlink(path.c_str());
  }
  return made;
}

Observation attempt(Inside& inside) {
  const std::string why = inside.planted("why_not");
  if (!why.empty()) return absent(why);
  if (inside.spec("lsm.apparmor") != kTestProfile) {
    return broken("no fact lsm.apparmor that names the profile of the test");
  }
  return observe(make(inside, kDeniedName), {}, "a file of the denied name");
}

Observation witness(Inside& inside) {
  const Called made = make(inside, "bulkhead-allowed");
  return made.ok() ? works("a file of another name")
                   : broken("a file: " + errno_name(made.error));
}

const Register kProbe{{
    .id = "lsm/denied-action",
    .claim = "What the profile denies, and nothing else does, is refused.",
    .watches = {"lsm"},
    .references = {"apparmor.d(5)", "CVE-2019-16884", "CVE-2025-52881"},
    .remedy = "Run the workload under the profile, in enforce mode.",
    .attempt = attempt,
    .witness = witness,
    .plant =
        [](Outside& outside) {
          plant_profile(outside);
          return true;
        },
}};

}  // namespace
}  // namespace bulkhead::probes::lsm_denied_action
