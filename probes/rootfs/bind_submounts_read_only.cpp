// A mount below a directory that was bound read-only with everything below. A
// runtime that leaves such mounts out lets nobody write them.
#include "probes/support/bystander.h"
#include "probes/support/write.h"

namespace bulkhead::probes::rootfs_bind_submounts_read_only {
namespace {

const Register kProbe{{
    .id = "rootfs/bind-submounts-read-only",
    .claim = "Mounts below what is bound read-only cannot be written either.",
    .watches = {"rootfs"},
    .references = {"OCI mounts: rro", "mount_setattr(2) AT_RECURSIVE",
                   "Linux 5.12"},
    .remedy = "Set the flags of a bind recursively (rro).",
    .attempt =
        [](Inside& inside) {
          const std::string bound = bound_directory(inside);
          return bound.empty() ? broken("nothing is bound for it")
                               : write_below(inside, bound + "/below");
        },
    .witness = [](Inside& inside) { return read_bound_file(inside, "plain"); },
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_bind_submounts_read_only
