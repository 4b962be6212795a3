// devices: a /dev that holds what was asked for and nothing else. Root makes
// private nodes on a tmpfs that is built before the clone, so that no inode is
// shared with the host (a runtime that bound the host's /dev/null once changed
// its owner); others bind the host's.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "runtime/plan/builder.h"
#include "runtime/plan/mount_steps.h"

namespace bulkhead {
namespace {

constexpr std::array<std::pair<const char*, const char*>, 5> kLinks = {{
    {"fd", "/proc/self/fd"},
    {"stdin", "/proc/self/fd/0"},
    {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"},
    {"ptmx", "pts/ptmx"},
}};

const MountFlags kDevFlags = {false, true, false, true};

std::uint32_t on_host(const std::vector<IdMapping>& maps, std::uint32_t id) {
  for (const IdMapping& map : maps) {
    if (id >= map.container_id && id - map.container_id < map.size) {
      return map.host_id + (id - map.container_id);
    }
  }
  return id;
}

std::string below_dev(const std::string& path) { return path.substr(5); }

/// At /dev/NAME.
bool is_in_dev(const Mount& mount) {
  return mount.destination.rfind("/dev/", 0) == 0 &&
         below_dev(mount.destination).find('/') == std::string::npos;
}

std::vector<FsParameter> tmpfs_parameters(const Builder& builder) {
  std::vector<FsParameter> parameters = {
      {"size", "64k"}, {"nr_inodes", "64"}, {"mode", "755"}};
  add_mount_label(builder, parameters);
  return parameters;
}

void add_links(Builder& builder, StepBuilder& step, int tree) {
  for (const auto& [name, target] : kLinks) {
    step.call(SYS_symlinkat,
              std::string("symlinkat(") + target + ", /dev/" + name + ")",
              {builder.text(target), slot_value(tree), builder.text(name)});
    step.shell(std::string("ln -s ") + target + " \"$root\"/dev/" + name);
  }
}

/// Nothing goes to where a source is missing.
bool takes_directory(const Builder& builder, const Mount& mount) {
  if (mount.kind != MountKind::kBind) return true;
  const auto bind = builder.bind_trees.find(mount.destination);
  return bind != builder.bind_trees.end() && bind->second.directory;
}

/// The directories that mounts of the spec want below /dev.
void add_directories(Builder& builder, StepBuilder& step, int tree) {
  for (const Mount& mount : builder.spec.mounts) {
    if (!is_in_dev(mount) || !takes_directory(builder, mount)) continue;
    const std::string name = below_dev(mount.destination);
    step.call(SYS_mkdirat, "mkdirat(/dev/" + name + ")",
              {slot_value(tree), builder.text(name), value(0755)});
  }
}

/// Opens what is at `name` in the /dev that was prepared, by no path: what is
/// at /dev later may be the image's again. Returns its slot.
int open_in_dev(Builder& builder, StepBuilder& step, const std::string& name) {
  const int slot = builder.slot();
  step.call(SYS_openat, "open(" + name + ", O_PATH)",
            {slot_value(builder.dev_slot), builder.text(name),
             value(O_PATH | O_NOFOLLOW | O_CLOEXEC)})
      .into(slot);
  return slot;
}

/// A directory of add_directories() that a file system of its own is going to
/// cover: it stays empty, and no path inside leads to it. Null: there is none.
const Mount* covered_directory(const Spec& spec) {
  const auto found = std::ranges::find_if(spec.mounts, [&](const Mount& mount) {
    const bool new_one = mount.kind == MountKind::kDevpts ||
                         mount.kind == MountKind::kTmpfs ||
                         mount.kind == MountKind::kMqueue;
    return new_one && is_in_dev(mount) &&
           std::ranges::none_of(spec.mounts, [&](const Mount& other) {
             return other.destination.rfind(mount.destination + "/", 0) == 0;
           });
  });
  return found == spec.mounts.end() ? nullptr : &*found;
}

/// One private node; the umask of a shared parent does not get a say.
void make_node(Builder& builder, StepBuilder& step, const DeviceNode& node,
               int tree) {
  const std::string name = below_dev(node.path);
  const std::int64_t type = node.type == 'b'   ? S_IFBLK
                            : node.type == 'p' ? S_IFIFO
                                               : S_IFCHR;
  const std::uint32_t uid = on_host(builder.spec.uid_mappings, node.uid);
  const std::uint32_t gid = on_host(builder.spec.gid_mappings, node.gid);
  step.call(SYS_mknodat,
            "mknodat(" + node.path + ", " + std::string(1, node.type) + " " +
                std::to_string(node.major) + ":" + std::to_string(node.minor) +
                ")",
            {slot_value(tree), builder.text(name),
             value(type | static_cast<std::int64_t>(node.mode)),
             value(static_cast<std::int64_t>(makedev(node.major, node.minor)))})
      .call(SYS_fchmodat, "fchmodat(" + node.path + ")",
            {slot_value(tree), builder.text(name), value(node.mode)})
      .call(SYS_fchownat, "fchownat(" + node.path + ")",
            {slot_value(tree), builder.text(name), value(uid), value(gid),
             value(0)});
  step.shell("mknod -m 666 \"$root\"" + shell_word(node.path) + " " +
             std::string(1, node.type) + " " + std::to_string(node.major) +
             " " + std::to_string(node.minor));
}

/// Binds a node of the host onto an empty file.
void bind_node(Builder& builder, StepBuilder& step, const DeviceNode& node) {
  const int tree = clone_tree(builder, step, builder.old_root_slot,
                              node.path.substr(1), false);
  const MountFlags flags = {false, true, false, true};
  set_flags(builder, step, tree, flags, false);
  attach_tree(builder, step, tree, node.path, MountPoint::kFile,
              with_flags_of(builder, node.path, flags));
  expect_mount(builder, node.path, nullptr, flags);
}

}  // namespace

void plan_device_source(Builder& builder) {
  if (!builder.spec.minimal_dev || !builder.spec.rootfs.pivot ||
      !builder.host.privileged) {
    return;
  }
  StepBuilder made = builder.step(
      "devices.tree", Boundary::kDevices, Side::kBefore,
      "A detached /dev, so that no path names it before it is complete.");
  made.shell("mkdir -p \"$root\"/dev");
  made.shell(
      "mount -t tmpfs -o nosuid,noexec,size=64k,nr_inodes=64,mode=755 "
      "tmpfs \"$root\"/dev");
  std::vector<FsParameter> parameters = tmpfs_parameters(builder);
  parameters.push_back(
      {"uid", std::to_string(on_host(builder.spec.uid_mappings, 0))});
  parameters.push_back(
      {"gid", std::to_string(on_host(builder.spec.gid_mappings, 0))});
  const int tree =
      new_filesystem(builder, made, "tmpfs", parameters, kDevFlags);
  StepBuilder step =
      builder.step("devices.nodes", Boundary::kDevices, builder.beside(),
                   "Private nodes: no inode of the host's /dev is inside.");
  for (const DeviceNode& node : builder.spec.devices) {
    make_node(builder, step, node, tree);
  }
  add_links(builder, step, tree);
  add_directories(builder, step, tree);
  builder.dev_slot = tree;
}

Status plan_devices(Builder& builder) {
  const Spec& spec = builder.spec;
  if (!spec.minimal_dev || !spec.rootfs.pivot) return {};
  if (builder.host.privileged) {
    StepBuilder step = builder.step(
        "devices.attach", Boundary::kDevices, Side::kChild,
        "The private /dev takes the place of the image's.", kMountPointRemedy);
    if (std::ranges::any_of(spec.devices, [](const DeviceNode& node) {
          return node.path == "/dev/null";
        })) {
      builder.null_slot = open_in_dev(builder, step, "null");
    }
    if (const Mount* mount = covered_directory(spec)) {
      builder.empty_slot =
          open_in_dev(builder, step, below_dev(mount->destination));
    }
    attach_tree(builder, step, builder.dev_slot, "/dev", MountPoint::kDirectory,
                kDevFlags);
    expect_mount(builder, "/dev", "tmpfs", kDevFlags);
    return {};
  }
  StepBuilder step = builder.step(
      "devices.nodes", Boundary::kDevices, Side::kChild,
      "The host's nodes, bound one by one: only root can make private ones.",
      kMountPointRemedy);
  const int tree = new_filesystem(builder, step, "tmpfs",
                                  tmpfs_parameters(builder), kDevFlags);
  add_links(builder, step, tree);
  add_directories(builder, step, tree);
  attach_tree(builder, step, tree, "/dev", MountPoint::kDirectory, kDevFlags);
  expect_mount(builder, "/dev", "tmpfs", kDevFlags);
  for (const DeviceNode& node : spec.devices) bind_node(builder, step, node);
  return {};
}

}  // namespace bulkhead
