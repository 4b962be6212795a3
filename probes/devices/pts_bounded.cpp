// Terminals are few on a host, and every devpts draws on the same store.
#include <fcntl.h>
#include <linux/magic.h>
#include <unistd.h>

#include <vector>

#include "probes/support/file_system.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::devices_pts_bounded {
namespace {

constexpr long kMostTerminals = 512;

// Opens terminals until that fails or `most` are open; closes them again.
long open_many(long most, int& error) {
  std::vector<int> terminals;
  error = 0;
  while (static_cast<long>(terminals.size()) < most) {
    const int terminal =
        open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (terminal < 0) {
      error = errno;
      break;
    }
    terminals.push_back(terminal);
  }
  for (const int terminal : terminals) close(terminal);
  return static_cast<long>(terminals.size());
}

Observation attempt(Inside& inside) {
  const long most = inside.spec_number("pty.max", -1);
  if (most <= 0) return fact_missing("pty.max");
  if (most > kMostTerminals) return broken("pty.max is too large to try");
  int error = 0;
  const long opened = open_many(most + 1, error);
  const std::string text =
      std::to_string(opened) + " terminals, asked for " + std::to_string(most);
  return opened > most ? reached(text) : refused(error, text);
}

Observation witness(Inside&) {
  int error = 0;
  if (open_many(1, error) == 1) return works("a terminal of its own");
  if (access("/dev/pts", F_OK) != 0) return works("no /dev/pts here");
  const std::string why = "/dev/ptmx: " + errno_name(error);
  return is_on("/dev/pts", DEVPTS_SUPER_MAGIC)
             ? broken(why)
             : fact_missing("devpts mount", "is missing: " + why);
}

const Register kProbe{{
    .id = "devices/pts-bounded",
    .claim = "No more terminals than asked for can be taken from the host.",
    .watches = {"devices"},
    .references = {"devpts (kernel filesystems) max=", "pts(4)"},
    .remedy = "Mount devpts with max=.",
    .attempt = attempt,
    .witness = witness,
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::devices_pts_bounded
