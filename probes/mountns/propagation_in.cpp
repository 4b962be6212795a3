// Somebody outside mounts something below a directory that is bound into the
// container, while the container runs. The spec asks for a private bind.
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>

#include "probes/support/bystander.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::mountns_propagation_in {
namespace {

std::string mark_of(const std::string& nonce) { return "in-" + nonce; }

bool sees(const std::string& mark) {
  return std::ranges::any_of(mount_table(), [&](const MountLine& mount) {
    return mount.source == mark;
  });
}

Observation attempt(Inside& inside) {
  const auto mounted = ask_bystander(inside);
  if (!mounted) {
    const int error = errno;
    return access(bound_directory(inside).c_str(), F_OK) != 0
               ? refused(ENOENT, "nothing of the host's is bound here")
               : broken("the bystander: " + errno_name(error));
  }
  if (*mounted != "mounted") return broken("the bystander: " + *mounted);
  return sees(mark_of(inside.nonce()))
             ? reached("a mount made outside has appeared here")
             : refused(ENOENT, "a mount made outside has not appeared here");
}

Observation witness(Inside&) {
  const auto table = mount_table();
  return table.empty() ? broken("no mount table: " + errno_name(errno))
                       : works(std::to_string(table.size()) + " mounts");
}

bool plant(Outside& outside) {
  if (outside.spec("bind.source").empty()) return false;
  const std::string point = outside.spec("bind.source") + "/in";
  if (mkdir(point.c_str(), 0755) != 0 && errno != EEXIST) return false;
  outside.tell("point", point);
  const std::string mark = mark_of(outside.nonce());
  return start_bystander(
      outside, [=](const ucred&, const std::string&) -> std::string {
        const bool mounted = mount(mark.c_str(), point.c_str(), "tmpfs", 0,
                                   "size=4k,mode=755") == 0;
        return mounted ? "mounted" : errno_name(errno);
      });
}

void clean(Outside& outside) {
  stop_bystander(outside);
  const std::string point = outside.told("point");
  if (!point.empty()) umount2(point.c_str(), MNT_DETACH);
}

const Register kProbe{{
    .id = "mountns/propagation-in",
    .claim = "Mounts made on the host later do not appear in the container.",
    .watches = {"mountns", "rootfs"},
    .references = {"mount_namespaces(7)", "OCI mounts: rprivate",
                   "CIS Docker 5.19"},
    .remedy = "Make every bind private, not slave, before the workload starts.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
}};

}  // namespace
}  // namespace bulkhead::probes::mountns_propagation_in
