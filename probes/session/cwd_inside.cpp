// The working directory, and what ".." from there leads to.
#include <array>
#include <climits>

#include "probes/support/canary.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::session_cwd_inside {
namespace {

Observation attempt(Inside& inside) {
  const std::string path = inside.planted("path");
  if (path.empty()) return broken("no planted path");
  const auto content = slurp(far_up() + path, 64);
  if (content && content->starts_with(inside.nonce())) {
    return reached("the host's file, by .. from the working directory");
  }
  // The raw call: libc would hide a directory that is not below the root.
  std::array<char, PATH_MAX> directory{};
  const Called asked = call(SYS_getcwd, directory.data(), directory.size());
  if (!asked.ok()) return broken("getcwd: " + errno_name(asked.error));
  if (directory[0] != '/') {
    return reached(std::string("the working directory is ") + directory.data());
  }
  return refused(0,
                 std::string("the working directory is ") + directory.data());
}

Observation witness(Inside&) {
  std::array<char, PATH_MAX> directory{};
  const Called asked = call(SYS_getcwd, directory.data(), directory.size());
  return asked.ok() ? works(directory.data())
                    : broken("getcwd: " + errno_name(asked.error));
}

const Register kProbe{{
    .id = "session/cwd-inside",
    .claim = "The working directory does not lead out of the container.",
    .watches = {"session", "rootfs"},
    .references = {"CVE-2024-21626", "getcwd(2)", "OCI process.cwd"},
    .remedy = "Change into the spec's directory after the root, and check "
              "that getcwd answers with a path.",
    .attempt = attempt,
    .witness = witness,
    .plant = [](Outside& outside) { return plant_file(outside, "cwd", 0644); },
    .clean = remove_file,
}};

}  // namespace
}  // namespace bulkhead::probes::session_cwd_inside
