#include "runtime/spec/without.h"

#include <algorithm>

#include "runtime/spec/names.h"
#include "runtime/spec/paths.h"

namespace bulkhead {
namespace {

/// A new instance of these file systems belongs to the namespace it shows, and
/// a user namespace that does not own that one may not mount it (EPERM): the
/// host's own instance takes its place. Not that of a namespace that is joined:
/// the host's shows another.
void bind_host_instance(Spec& spec, NamespaceKind shared, MountKind kind,
                        const char* source) {
  if (spec.ns(NamespaceKind::kUser).mode == NamespaceMode::kHost) return;
  if (spec.ns(shared).mode == NamespaceMode::kJoin) return;
  for (Mount& mount : spec.mounts) {
    if (mount.kind != kind) continue;
    Mount bind;
    bind.destination = mount.destination;
    bind.source = source;
    bind.read_only = mount.read_only;
    bind.nosuid = mount.nosuid;
    bind.nodev = mount.nodev;
    bind.noexec = mount.noexec;
    bind.recursive = true;
    mount = std::move(bind);
  }
}

void drop_sysctls(Spec& spec, bool of_net) {
  std::erase_if(spec.sysctls, [&](const auto& sysctl) {
    return sysctl.first.starts_with("net.") == of_net;
  });
}

/// On the host's root nothing may be mounted, masked or made.
void stay_on_host_root(Spec& spec) {
  spec.rootfs.pivot = false;
  // The spec's may not exist here.
  spec.process.cwd = "/";
  spec.rootfs.read_only = false;
  spec.rootfs.nosuid = false;
  spec.rootfs.nodev = false;
  spec.rootfs.idmap = false;
  spec.mounts.clear();
  spec.masked_paths.clear();
  spec.readonly_paths.clear();
  spec.devices.clear();
  spec.minimal_dev = false;
  spec.binfmt.clear();
}

/// The host's whole /dev, usable.
void open_devices(Spec& spec) {
  spec.resources.devices.clear();
  spec.devices.clear();
  spec.minimal_dev = false;
  if (!spec.rootfs.pivot) return;
  spec.rootfs.nodev = false;
  const auto under_dev = [](const Mount& mount) {
    return is_under(mount.destination, "/dev");
  };
  const auto first =
      std::find_if(spec.mounts.begin(), spec.mounts.end(), under_dev);
  const auto place = first - spec.mounts.begin();
  std::erase_if(spec.mounts, under_dev);
  Mount dev;
  dev.destination = "/dev";
  dev.source = "/dev";
  dev.nodev = false;
  dev.recursive = true;
  spec.mounts.insert(spec.mounts.begin() + place, std::move(dev));
}

void lift_limits(Spec& spec) {
  std::vector<DeviceRule> devices = std::move(spec.resources.devices);
  spec.resources = {};
  spec.resources.devices = std::move(devices);
  for (Mount& mount : spec.mounts) {
    if (mount.kind == MountKind::kCgroup) mount.read_only = false;
  }
}

void grant_capabilities(Spec& spec) {
  const CapabilityMask all = running_capabilities();
  spec.process.capabilities =
      Capabilities{.bounding = all, .effective = all, .permitted = all};
  spec.process.lock_securebits = false;
}

void leave_session(Spec& spec) {
  spec.session.new_keyring = false;
  spec.session.setsid = false;
  spec.session.clean_environment = false;
  spec.session.verify_cwd = false;
  spec.process.cwd = "/";  // Where a start is that changes to nowhere.
  spec.session.exact_ids = false;
  spec.session.reset_inherited = false;
  spec.process.umask.reset();
  spec.process.oom_score_adj.reset();
}

}  // namespace

void share_namespace(Spec& spec, NamespaceKind kind, Namespace ns) {
  spec.ns(kind) = std::move(ns);
  switch (kind) {
    case NamespaceKind::kPid:
      bind_host_instance(spec, kind, MountKind::kProc, "/proc");
      break;
    case NamespaceKind::kNet:
      bind_host_instance(spec, kind, MountKind::kSysfs, "/sys");
      drop_sysctls(spec, true);
      break;
    case NamespaceKind::kIpc:
      bind_host_instance(spec, kind, MountKind::kMqueue, "/dev/mqueue");
      drop_sysctls(spec, false);
      break;
    case NamespaceKind::kCgroup:
      bind_host_instance(spec, kind, MountKind::kCgroup, "/sys/fs/cgroup");
      break;
    case NamespaceKind::kUts:
      spec.hostname.reset();
      spec.domainname.reset();
      break;
    case NamespaceKind::kUser:
      spec.uid_mappings.clear();
      spec.gid_mappings.clear();
      spec.rootfs.idmap = false;
      for (Mount& mount : spec.mounts) mount.idmap = false;
      break;
    case NamespaceKind::kTime:
      spec.monotonic_offset.reset();
      spec.boottime_offset.reset();
      break;
    case NamespaceKind::kMount:
      break;
  }
}

void remove_boundary(Spec& spec, Boundary boundary) {
  using enum Boundary;
  spec.without.insert(boundary);
  switch (boundary) {
    case kMountns:
      share_namespace(spec, NamespaceKind::kMount, {});
      remove_boundary(spec, kRootfs);
      break;
    case kUserns:
      // Without one the register would be the host's.
      spec.binfmt.clear();
      share_namespace(spec, NamespaceKind::kUser, {});
      break;
    case kPidns:
    case kNetns:
    case kIpcns:
    case kUtsns:
    case kCgroupns:
    case kTimens:
      // NamespaceKind is in Boundary's order.
      share_namespace(spec, static_cast<NamespaceKind>(boundary), {});
      break;
    case kRootfs:
      stay_on_host_root(spec);
      break;
    case kDevices:
      open_devices(spec);
      break;
    case kCgroup:
      lift_limits(spec);
      break;
    case kCapabilities:
      grant_capabilities(spec);
      break;
    case kNoNewPrivs:
      spec.process.no_new_privs = false;
      break;
    case kSeccomp:
      spec.seccomp.reset();
      break;
    case kRlimits:
      spec.process.rlimits.clear();
      break;
    case kFds:
      spec.session.close_fds = false;
      break;
    case kSession:
      leave_session(spec);
      break;
    case kLandlock:
      spec.landlock.reset();
      break;
    case kLsm:
      spec.labels = {};
      break;
  }
}

}  // namespace bulkhead
