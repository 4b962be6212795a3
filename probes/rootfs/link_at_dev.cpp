// An image whose /dev is a link: nodes and links made by path would appear
// outside.
#include <array>

#include "probes/support/trap.h"

namespace bulkhead::probes::rootfs_link_at_dev {
namespace {

constexpr std::array kTraps = {
    Trap{"/dev", ""},
};

const Register kProbe{{
    .id = "rootfs/link-at-dev",
    .claim =
        "An image that has a link at /dev does not get devices made outside.",
    .watches = {"rootfs"},
    .references = {"CVE-2026-41579", "CVE-2026-47766", "OCI linux.devices"},
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
}  // namespace bulkhead::probes::rootfs_link_at_dev
