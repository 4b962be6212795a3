// An image whose /dev is full of links: the sources of masks and of the
// console, and the places of mounts.
#include <array>

#include "probes/support/trap.h"

namespace bulkhead::probes::rootfs_links_in_dev {
namespace {

constexpr std::array kTraps = {
    Trap{"/dev/null", "null"},     Trap{"/dev/console", "console"},
    Trap{"/dev/pts", ""},          Trap{"/dev/shm", "", true},
    Trap{"/dev/mqueue", "absent"},
};

const Register kProbe{{
    .id = "rootfs/links-in-dev",
    .claim = "What an image has in /dev is neither used nor followed.",
    .watches = {"rootfs"},
    .references = {"CVE-2025-31133", "CVE-2025-52565", "OCI linux.maskedPaths"},
    .remedy =
        "Make /dev a file system of the container's own before anything in it "
        "is made, mounted or bound.",
    .attempt = [](Inside& inside) { return led_astray(inside, kTraps); },
    .witness = read_own_image,
    .plant = [](Outside& outside) { return plant_traps(outside, kTraps); },
    .inspect = inspect_traps,
    .clean = remove_traps,
    .placement = Placement::kAlone,
    .may_refuse_start = true,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_links_in_dev
