// A terminal outside, marked by a modification time that the nonce gives: a
// terminal of the same number inside has another.
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "probes/support/file_system.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::devices_pts_private {
namespace {

Observation attempt(Inside& inside) {
  const std::string path = inside.planted("path");
  const auto mark = number(inside.planted("mark"));
  if (path.empty() || !mark) return broken("no planted terminal");
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    return observe(called(-1), {}, "stat " + path);
  }
  if (status.st_mtim.tv_sec == static_cast<time_t>(*mark)) {
    return reached(path + " is the host's terminal");
  }
  return refused(ENOENT, path + " is the container's own");
}

Observation witness(Inside&) {
  const int terminal =
      open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (terminal < 0) {
    const std::string why = "/dev/ptmx: " + errno_name(errno);
    if (access("/dev/pts", F_OK) != 0) return works("no /dev/pts here");
    return is_on("/dev/pts", DEVPTS_SUPER_MAGIC)
               ? broken(why)
               : fact_missing("devpts mount", "is missing: " + why);
  }
  int which = -1;
  const bool numbered = ioctl(terminal, TIOCGPTN, &which) == 0;
  close(terminal);
  return numbered ? works("own terminal " + std::to_string(which))
                  : broken("TIOCGPTN: " + errno_name(errno));
}

bool plant(Outside& outside) {
  const int terminal =
      open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (terminal < 0) return false;
  outside.tell("fd", std::to_string(terminal));
  int which = -1;
  if (ioctl(terminal, TIOCGPTN, &which) != 0) return false;
  const std::string path = "/dev/pts/" + std::to_string(which);
  const auto mark = static_cast<time_t>(
      number(outside.nonce().substr(0, 7), 16).value_or(0) + 1000000);
  const timespec times[2] = {{mark, 0}, {mark, 0}};
  if (utimensat(AT_FDCWD, path.c_str(), times, 0) != 0) return false;
  outside.tell("path", path);
  outside.tell("mark", std::to_string(mark));
  return true;
}

void clean(Outside& outside) {
  if (const auto terminal = number(outside.told("fd"))) {
    close(static_cast<int>(*terminal));
  }
}

const Register kProbe{{
    .id = "devices/pts-private",
    .claim = "The host's terminals are not in /dev/pts.",
    .watches = {"devices"},
    .references = {"pts(4)", "OCI default filesystems", "CVE-2025-52565"},
    .remedy = "Mount a devpts of the container's own on /dev/pts.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
}};

}  // namespace
}  // namespace bulkhead::probes::devices_pts_private
