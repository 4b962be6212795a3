// Some runtimes give the standard streams to the container's user, so that he
// may open them again by name. Where a stream is a file or a device of the
// host's, it then is his for good.
#include <sys/stat.h>
#include <unistd.h>

#include "probes/support/given_stdin.h"
#include "probes/support/inherited.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::fds_stdin_keeps_owner {
namespace {

// Nobody's, and no container's.
constexpr uid_t kOwner = 4242;
constexpr mode_t kMode = 0644;

std::string file_of(const Outside& outside) {
  return outside.directory() + "/input";
}

// Some put a pipe in between, or nothing.
bool is_the_callers(const Inside& inside) {
  std::string text(inside.nonce().size(), '\0');
  const ssize_t got = pread(STDIN_FILENO, text.data(), text.size(), 0);
  return got == static_cast<ssize_t>(text.size()) && text == inside.nonce();
}

Observation attempt(Inside& inside) {
  if (inside.planted("owner").empty()) {
    return absent("there is one user here, and the file outside is his");
  }
  if (!is_the_callers(inside)) {
    return refused(0, "standard input is not the caller's file");
  }
  const Called given = call(SYS_fchown, STDIN_FILENO, geteuid(), getegid());
  return given.ok() ? reached("the file is the container's own now")
                    : refused(given.error, "fchown of standard input: " +
                                               errno_name(given.error));
}

bool plant(Outside& outside) {
  const std::string file = file_of(outside);
  if (!spill(file, outside.nonce(), kMode)) return false;
  if (chown(file.c_str(), kOwner, kOwner) == 0) {
    outside.tell("owner", std::to_string(kOwner));
  } else if (errno != EPERM && errno != EINVAL) {
    return false;
  }
  give_as_stdin(outside, file);
  return true;
}

Observation inspect(Outside& outside) {
  struct stat status {};
  if (stat(file_of(outside).c_str(), &status) != 0) {
    return broken("stat: " + errno_name(errno));
  }
  const auto told = number(outside.told("owner"));
  const uid_t owner = told ? static_cast<uid_t>(*told) : geteuid();
  const std::string text = "its owner is " + std::to_string(status.st_uid) +
                           ", was " + std::to_string(owner);
  const bool same = status.st_uid == owner && (status.st_mode & 07777) == kMode;
  return same ? refused(0, text) : reached(text);
}

const Register kProbe{{
    .id = "fds/stdin-keeps-owner",
    .claim =
        "What the caller gives as standard input keeps its owner and mode.",
    .watches = {"fds", "userns", "capabilities"},
    .references = {"chown(2)", "user_namespaces(7)"},
    .remedy = "Leave the owner of the standard streams alone.",
    .attempt = attempt,
    .witness = [](Inside&) { return standard_output_open(); },
    .plant = plant,
    .inspect = inspect,
    .clean = [](Outside& outside) { unlink(file_of(outside).c_str()); },
    .placement = Placement::kAlone,
}};

}  // namespace
}  // namespace bulkhead::probes::fds_stdin_keeps_owner
