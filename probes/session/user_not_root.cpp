// The one container whose workload was asked to be somebody else than root.
#include <fcntl.h>

#include <array>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::session_user_not_root {
namespace {

constexpr unsigned kUser = 11;

Observation attempt(Inside& inside) {
  const long asked = inside.spec_number("uid", 0);
  if (asked == 0) return absent("root is all that can be asked for here");
  std::array<uid_t, 3> own{};
  if (getresuid(&own[0], &own[1], &own[2]) != 0) {
    return broken("getresuid: " + errno_name(errno));
  }
  for (const uid_t id : own) {
    if (static_cast<long>(id) != asked) {
      return reached("user " + std::to_string(id) + ", not " +
                     std::to_string(asked));
    }
  }
  const std::string path = inside.spec("root") + "/fixtures/private";
  const Called opened = called(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.ok()) close(static_cast<int>(opened.value));
  return observe(opened, {}, "a file of root's own");
}

Observation witness(Inside& inside) {
  const std::string path = inside.spec("root") + "/fixtures/plain";
  return slurp(path, 1) ? works("a file that is open to all can be read")
                        : broken(path + ": " + errno_name(errno));
}

const Register kProbe{{
    .id = "session/user-not-root",
    .claim = "A workload that was asked to run as a user is not root.",
    .watches = {"session"},
    .references = {"CVE-2016-3697", "CVE-2019-11245", "CVE-2026-30892",
                   "OCI process.user", "CIS Docker 4.1"},
    .remedy = "Set the user, real, effective and saved, and read it back.",
    .attempt = attempt,
    .witness = witness,
    .placement = Placement::kAlone,
    .user = kUser,
}};

}  // namespace
}  // namespace bulkhead::probes::session_user_not_root
