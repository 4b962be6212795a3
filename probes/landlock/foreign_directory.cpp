// No namespace, mount flag or capability decides what a descriptor of the
// host's leads to: whoever gets one, by a leak or from somebody who means well,
// is outside. A domain around the container knows its files by inode.
#include "probes/support/landlock.h"

namespace bulkhead::probes::landlock_foreign_directory {
namespace {

const Register kProbe{{
    .id = "landlock/foreign-directory",
    .claim = "A directory of the host that is handed in opens nothing.",
    .watches = {"landlock"},
    .references = {"landlock(7)", "unix(7) SCM_RIGHTS", "CVE-2024-21626",
                   "CVE-2016-9962"},
    .remedy = "Put a Landlock domain around the container.",
    .attempt =
        [](Inside& inside) {
          return unless_absent(inside, 2, open_foreign_directory(inside));
        },
    .witness = [](Inside& inside) { return open_own_directory(inside); },
    .plant = plant_foreign_directory,
    .clean = clean_foreign_directory,
}};

}  // namespace
}  // namespace bulkhead::probes::landlock_foreign_directory
