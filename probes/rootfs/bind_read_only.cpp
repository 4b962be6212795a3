// A directory of the host that was bound read-only. Its permission bits let
// everybody write: only the mount keeps it.
#include "probes/support/bystander.h"
#include "probes/support/write.h"

namespace bulkhead::probes::rootfs_bind_read_only {
namespace {

const Register kProbe{{
    .id = "rootfs/bind-read-only",
    .claim = "What is bound read-only cannot be written.",
    .watches = {"rootfs"},
    .references = {"OCI mounts: ro", "mount_setattr(2)", "CIS Docker 5.12"},
    .remedy = "Make the bind read-only after it is made, and read it back: "
              "mount(2) ignores MS_RDONLY beside MS_BIND.",
    .attempt =
        [](Inside& inside) {
          const std::string bound = bound_directory(inside);
          return bound.empty() ? broken("nothing is bound for it")
                               : write_below(inside, bound);
        },
    .witness = [](Inside& inside) { return read_bound_file(inside, "plain"); },
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_bind_read_only
