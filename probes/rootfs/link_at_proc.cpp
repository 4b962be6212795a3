// An image whose /proc is a link to a directory that looks like one: labels,
// sysctls and masks that are set by path would go there.
#include <array>

#include "probes/support/trap.h"

namespace bulkhead::probes::rootfs_link_at_proc {
namespace {

constexpr std::array kTraps = {
    Trap{"/proc", ""},
};

const Register kProbe{{
    .id = "rootfs/link-at-proc",
    .claim =
        "An image that has a link at /proc does not redirect what is set up "
        "there.",
    .watches = {"rootfs"},
    .references = {"CVE-2019-16884", "CVE-2019-19921", "CVE-2023-27561",
                   "CVE-2023-28642", "CVE-2025-52881"},
    .remedy = "Refuse a /proc that is no directory; write to a procfs of the "
              "runtime's own.",
    .attempt = [](Inside& inside) { return led_astray(inside, kTraps); },
    .witness = read_own_image,
    .plant = [](Outside& outside) { return plant_traps(outside, kTraps); },
    .inspect = inspect_traps,
    .clean = remove_traps,
    .placement = Placement::kAlone,
    .may_refuse_start = true,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_link_at_proc
