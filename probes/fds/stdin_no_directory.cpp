// A descriptor of a directory outside is a way out of any root: its ".." has
// no end but the host's. As standard input it is of no other use.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probes/support/given_stdin.h"
#include "probes/support/inherited.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::fds_stdin_no_directory {
namespace {

constexpr const char* kCanary = "canary";

Observation attempt(Inside& inside) {
  const Called opened =
      call(SYS_openat, STDIN_FILENO, kCanary, O_RDONLY | O_CLOEXEC, 0);
  if (!opened.ok()) {
    return refused(opened.error, "open a file through standard input: " +
                                     errno_name(opened.error));
  }
  const int fd = static_cast<int>(opened.value);
  std::string text(inside.nonce().size(), '\0');
  const ssize_t got = read(fd, text.data(), text.size());
  close(fd);
  return got == static_cast<ssize_t>(text.size()) && text == inside.nonce()
             ? reached("a file outside, through standard input")
             : broken("what was opened is not the canary");
}

bool plant(Outside& outside) {
  give_as_stdin(outside, outside.directory());
  return spill(outside.directory() + "/" + kCanary, outside.nonce(), 0644);
}

const Register kProbe{{
    .id = "fds/stdin-no-directory",
    .claim = "A directory that the caller has as standard input is no way out.",
    .watches = {"fds", "landlock"},
    .references = {"CVE-2024-21626", "CVE-2016-9962", "openat(2)"},
    .remedy =
        "Start nothing whose standard input, output or error is a directory.",
    .attempt = attempt,
    .witness = [](Inside&) { return standard_output_open(); },
    .plant = plant,
    .placement = Placement::kAlone,
    .may_refuse_start = true,
}};

}  // namespace
}  // namespace bulkhead::probes::fds_stdin_no_directory
