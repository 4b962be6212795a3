// A console is the terminal that was made for the container, or it is not
// there. Outside, an ordinary file stands in its place.
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::devices_console_genuine {
namespace {

constexpr const char* kConsole = "/dev/console";
constexpr long kDevptsMagic = 0x1cd1;
// 136 to 143: UNIX98 pty slaves.
constexpr unsigned kFirstSlave = 136, kLastSlave = 143;

Observation attempt(Inside&) {
  struct stat status {};
  if (lstat(kConsole, &status) != 0) {
    return refused(errno, "no console here");
  }
  struct statfs system {};
  const unsigned driver = major(status.st_rdev);
  const bool slave =
      S_ISCHR(status.st_mode) && driver >= kFirstSlave && driver <= kLastSlave;
  const bool on_devpts =
      statfs(kConsole, &system) == 0 && system.f_type == kDevptsMagic;
  return slave && on_devpts ? refused(0, "a terminal of a devpts")
                            : reached("the console is no terminal of a devpts");
}

Observation witness(Inside&) {
  struct stat status {};
  return stat("/dev/null", &status) == 0
             ? works("/dev/null is there")
             : broken("/dev/null: " + errno_name(errno));
}

bool plant(Outside& outside) {
  struct stat status {};
  // A machine's own is left alone.
  if (lstat(kConsole, &status) == 0) return true;
  outside.tell("path", kConsole);
  return spill(kConsole, outside.nonce(), 0644);
}

void clean(Outside& outside) {
  if (!outside.told("path").empty()) unlink(kConsole);
}

const Register kProbe{{
    .id = "devices/console-genuine",
    .claim = "The console is a terminal of the container's own.",
    .watches = {"devices"},
    .references = {"CVE-2025-52565", "OCI process.terminal", "pts(4)"},
    .remedy = "Bind the console by descriptor, and check what it is first.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
}};

}  // namespace
}  // namespace bulkhead::probes::devices_console_genuine
