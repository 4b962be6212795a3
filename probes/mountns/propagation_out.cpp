// A mount made inside, on a directory that the host has bound there: somebody
// outside says whether it has arrived.
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>

#include "probes/support/bystander.h"
#include "probes/support/filter.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::mountns_propagation_out {
namespace {

std::string mark_of(const std::string& nonce) { return "out-" + nonce; }

Observation attempt(Inside& inside) {
  const std::string point = bound_directory(inside) + "/out";
  const std::string mark = mark_of(inside.nonce());
  const Called mounted = call(SYS_mount, mark.c_str(), point.c_str(), "tmpfs",
                              0UL, "size=4k,mode=755");
  if (!mounted.ok()) return observe(mounted, {}, "mount");
  const auto arrived = ask_bystander(inside);
  const int error = errno;
  umount2(point.c_str(), MNT_DETACH);
  if (!arrived) return broken("the bystander: " + errno_name(error));
  return *arrived == "yes" ? reached("the mount is in the host's table")
                           : refused(0, "the mount stays in the container");
}

bool plant(Outside& outside) {
  if (outside.spec("bind.source").empty()) return false;
  const std::string point = outside.spec("bind.source") + "/out";
  if (mkdir(point.c_str(), 0755) != 0 && errno != EEXIST) return false;
  const std::string mark = mark_of(outside.nonce());
  return start_bystander(
      outside, [mark](const ucred&, const std::string&) -> std::string {
        const bool arrived = std::ranges::any_of(
            mount_table(),
            [&](const MountLine& mount) { return mount.source == mark; });
        return arrived ? "yes" : "no";
      });
}

const Register kProbe{{
    .id = "mountns/propagation-out",
    .claim = "A mount made in the container does not arrive on the host.",
    .watches = {"mountns", "rootfs", "userns", "capabilities", "seccomp",
                "landlock"},
    .references = {"mount_namespaces(7)", "CIS Docker 5.19",
                   "OCI linux.rootfsPropagation"},
    .remedy = "Make every mount private or slave before anything is mounted, "
              "and drop CAP_SYS_ADMIN.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
    .plant = plant,
    .clean = stop_bystander,
}};

}  // namespace
}  // namespace bulkhead::probes::mountns_propagation_out
