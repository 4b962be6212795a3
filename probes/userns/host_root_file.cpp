// A file outside that only the host's root may read.
#include <cerrno>

#include "probes/support/canary.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::userns_host_root_file {
namespace {

Observation attempt(Inside& inside) {
  const std::string path = inside.planted("path");
  if (path.empty()) return broken("no planted path");
  const auto content = slurp(path, 64);
  if (!content) return observe(called(-1), {}, "open " + path);
  return content->starts_with(inside.nonce())
             ? reached("read what only the host's root may read")
             : refused(ENOENT, path + " is another file");
}

Observation witness(Inside&) {
  return access("/", R_OK | X_OK) == 0 ? works("/ can be read")
                                       : broken("/ cannot be read");
}

const Register kProbe{{
    .id = "userns/host-root-file",
    .claim = "Files of the host's root cannot be read.",
    .watches = {"userns", "rootfs"},
    .references = {"user_namespaces(7)", "CIS Docker 2.9"},
    .remedy = "Map the container's ids to a range of its own; keep host paths "
              "out of the container.",
    .attempt = attempt,
    .witness = witness,
    .plant =
        [](Outside& outside) { return plant_file(outside, "secret", 0600); },
    .clean = remove_file,
}};

}  // namespace
}  // namespace bulkhead::probes::userns_host_root_file
