// An image that has a link where a directory of the host's is to be bound.
#include <array>

#include "probes/support/trap.h"

namespace bulkhead::probes::rootfs_link_at_bind {
namespace {

constexpr std::array kTraps = {
    Trap{"/mnt", "self"},
};

const Register kProbe{{
    .id = "rootfs/link-at-bind",
    .claim =
        "An image that has a link at a mount's destination does not get the "
        "mount placed outside.",
    .watches = {"rootfs"},
    .references = {"CVE-2021-30465", "OCI mounts: destination"},
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
}  // namespace bulkhead::probes::rootfs_link_at_bind
