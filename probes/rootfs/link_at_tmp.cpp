// A relative link to what is not there yet: a start that makes missing mount
// points by path makes a directory outside.
#include <array>

#include "probes/support/trap.h"

namespace bulkhead::probes::rootfs_link_at_tmp {
namespace {

constexpr std::array kTraps = {
    Trap{"/tmp", "absent/below", true},
};

const Register kProbe{{
    .id = "rootfs/link-at-tmp",
    .claim =
        "An image that has a dangling link at a mount's destination does not "
        "get directories made outside.",
    .watches = {"rootfs"},
    .references = {"CVE-2021-30465", "CVE-2024-45310",
                   "OCI mounts: destination"},
    .remedy =
        "Open every mount point by descriptor, below the root and without "
        "following links, and mount on that descriptor.",
    .attempt = [](Inside& inside) { return led_astray(inside, kTraps); },
    .witness = read_own_image,
    .plant = [](Outside& outside) { return plant_traps(outside, kTraps); },
    .inspect = inspect_traps,
    .clean = remove_traps,
    .placement = Placement::kAlone,
    .may_refuse_start = true,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_link_at_tmp
