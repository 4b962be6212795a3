// A program finds its files, and what it may write, from where it is started.
#include <array>
#include <climits>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::session_cwd_exact {
namespace {

Called own_directory(std::string& path) {
  // The raw call: libc would hide a directory that is not below the root.
  std::array<char, PATH_MAX> directory{};
  const Called asked = call(SYS_getcwd, directory.data(), directory.size());
  if (asked.ok()) path = directory.data();
  return asked;
}

Observation attempt(Inside& inside) {
  const std::string wanted = inside.spec("cwd");
  if (wanted.empty()) return fact_missing("cwd");
  std::string own;
  const Called asked = own_directory(own);
  if (!asked.ok()) return broken("getcwd: " + errno_name(asked.error));
  return own == inside.spec("root") + wanted
             ? refused(0, "the working directory is " + own)
             : reached("the working directory is " + own + ", not " + wanted);
}

Observation witness(Inside&) {
  std::string own;
  const Called asked = own_directory(own);
  return asked.ok() ? works(own) : broken("getcwd: " + errno_name(asked.error));
}

const Register kProbe{{
    .id = "session/cwd-exact",
    .claim = "The workload starts in the directory that was asked for.",
    .watches = {"session"},
    .references = {"OCI process.cwd", "getcwd(2)"},
    .remedy = "Change into the spec's directory after the root, and fail the "
              "start if that does not work.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::session_cwd_exact
