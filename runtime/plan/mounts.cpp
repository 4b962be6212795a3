// The mounts of the spec, in its order, inside the new root.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>

#include "runtime/plan/builder.h"
#include "runtime/plan/mount_steps.h"
#include "runtime/plan/spec_mounts.h"
#include "runtime/spec/names.h"

namespace bulkhead {
namespace {

/// NR_UNIX98_PTY_MAX: no bound, and then mountinfo shows none.
constexpr std::uint32_t kMostPtys = 1 << 20;

void attach(Builder& builder, StepBuilder& step, int tree, const Mount& mount,
            const char* type, MountPoint kind, bool subtree,
            const std::string& source = {}) {
  MountFlags flags = flags_of(mount);
  if (!source.empty()) flags = with_flags_of(builder, source, flags);
  attach_tree(builder, step, tree, mount.destination, kind, flags);
  if (subtree) {
    remount_below(builder, step, source, mount.destination, flags_of(mount));
  }
  expect_mount(builder, mount.destination, type, flags_of(mount), subtree);
}

/// The parameters that proc_pid_mountinfo(5) shows as they were asked for, with
/// commas between; a tmpfs's are read back by what it does (new_filesystem).
/// An id is shown as the first user namespace has it.
std::string told_by_mountinfo(const Mount& mount,
                              const std::vector<FsParameter>& parameters) {
  std::string telling;
  for (const FsParameter& parameter : parameters) {
    std::string value = parameter.value;
    if (mount.kind == MountKind::kDevpts) {
      if (parameter.key == "max" && mount.pty_max >= kMostPtys) continue;
      if (parameter.key == "gid" || parameter.key == "context") continue;
      value.erase(0, value.find_first_not_of('0'));  // "0620" is shown as 620
    } else if (mount.kind != MountKind::kProc) {
      continue;
    }
    if (!telling.empty()) telling += ',';
    telling += parameter.key + "=" + value;
  }
  return telling;
}

}  // namespace

std::string step_name(const Mount& mount) {
  return "rootfs.mount:" + mount.destination;
}

MountFlags flags_of(const Mount& mount) {
  return {mount.read_only, mount.nosuid, mount.nodev, mount.noexec};
}

int from_old_root(Builder& builder, StepBuilder& step, const char* path,
                  bool recursive) {
  return clone_tree(builder, step, builder.old_root_slot, path, recursive);
}

void plan_old_root_mount(Builder& builder, StepBuilder& step,
                         const Mount& mount, const char* path) {
  const int tree = from_old_root(builder, step, path, true);
  set_flags(builder, step, tree, flags_of(mount), true);
  attach(builder, step, tree, mount, nullptr, MountPoint::kDirectory, true,
         "/" + std::string(path));
  step.shell("mount --rbind /" + std::string(path) + " \"$root\"" +
             shell_word(mount.destination));
}

void plan_new(Builder& builder, StepBuilder& step, const Mount& mount,
              const char* type, std::vector<FsParameter> parameters) {
  const bool labelled = mount.kind == MountKind::kTmpfs ||
                        mount.kind == MountKind::kDevpts ||
                        mount.kind == MountKind::kMqueue;
  if (labelled) add_mount_label(builder, parameters);
  const int tree =
      new_filesystem(builder, step, type, parameters, flags_of(mount));
  attach(builder, step, tree, mount, type, MountPoint::kDirectory, false);
  const std::string telling = told_by_mountinfo(mount, parameters);
  if (!telling.empty()) builder.mounts.back().options = builder.keep(telling);
  std::string options = shown(flags_of(mount));
  for (const FsParameter& parameter : parameters) {
    options += "," + parameter.key;
    if (!parameter.value.empty()) options += "=" + parameter.value;
  }
  const std::string place = "\"$root\"" + shell_word(mount.destination);
  step.shell("mkdir -p " + place);
  step.shell("mount -t " + std::string(type) + " -o " + shell_word(options) +
             " " + type + " " + place);
}

namespace {

void plan_proc(Builder& builder, StepBuilder& step, const Mount& mount) {
  if (builder.spec.ns(NamespaceKind::kPid).mode == NamespaceMode::kHost &&
      builder.is_new(NamespaceKind::kUser)) {
    plan_old_root_mount(builder, step, mount, "proc");
    return;
  }
  std::vector<FsParameter> parameters;
  if (mount.hidepid) parameters.push_back({"hidepid", "ptraceable"});
  if (mount.subset_pid) parameters.push_back({"subset", "pid"});
  plan_new(builder, step, mount, "proc", parameters);
}

void plan_tmpfs(Builder& builder, StepBuilder& step, const Mount& mount) {
  std::vector<FsParameter> parameters = {
      {"size", std::to_string(mount.size_bytes != 0 ? mount.size_bytes
                                                    : kDefaultTmpfsBytes)},
      {"nr_inodes",
       std::to_string(mount.inodes != 0 ? mount.inodes : kDefaultTmpfsInodes)},
      {"mode", octal(mount.mode)}};
  if (mount.gid) parameters.push_back({"gid", std::to_string(*mount.gid)});
  plan_new(builder, step, mount, "tmpfs", parameters);
}

void plan_devpts(Builder& builder, StepBuilder& step, const Mount& mount) {
  std::vector<FsParameter> parameters = {{"ptmxmode", "0666"},
                                         {"mode", "0620"}};
  parameters.push_back(
      {"max",
       std::to_string(mount.pty_max != 0 ? mount.pty_max : kDefaultPtyMax)});
  // gid 5, tty, as every engine asks; only where the container has that id.
  if (mount.gid) parameters.push_back({"gid", std::to_string(*mount.gid)});
  plan_new(builder, step, mount, "devpts", parameters);
}

void plan_bind(Builder& builder, StepBuilder& step, const Mount& mount,
               int tree, bool directory) {
  attach(builder, step, tree, mount, nullptr,
         directory ? MountPoint::kDirectory : MountPoint::kFile,
         mount.recursive, mount.source);
  const std::string place = "\"$root\"" + shell_word(mount.destination);
  step.shell(std::string(directory ? "mkdir -p " : "touch ") + place);
  step.shell(std::string("mount --") + (mount.recursive ? "rbind " : "bind ") +
             shell_word(mount.source) + " " + place);
  step.shell("mount -o remount,bind," + shown(flags_of(mount)) + " " + place);
}

}  // namespace

Status plan_mount_sources(Builder& builder) {
  for (const Mount& mount : builder.spec.mounts) {
    if (mount.kind != MountKind::kBind) continue;
    struct stat info {};
    if (stat(mount.source.c_str(), &info) != 0) {
      // A shared IPC namespace whose host mounts no mqueue: none inside either.
      if (errno == ENOENT && mount.source == "/dev/mqueue") continue;
      return fail("mount " + mount.destination + ": source " + mount.source,
                  errno, "name an existing file or directory of the host");
    }
    if (mount.idmap &&
        !(builder.host.privileged && builder.host.mount_setattr &&
          builder.is_new(NamespaceKind::kUser))) {
      return fail("mount " + mount.destination + ": cannot be idmapped", 0,
                  "that takes root, Linux 5.12 and a new user namespace; or "
                  "leave out the option idmap");
    }
    StepBuilder step = builder.step(
        step_name(mount), Boundary::kRootfs,
        builder.host.privileged ? Side::kBefore : Side::kChild,
        "A host path that was asked for, with no more rights than asked for.",
        kMountPointRemedy);
    const int tree =
        clone_tree(builder, step, -1, mount.source, mount.recursive);
    if (mount.idmap) {
      builder
          .step("rootfs.idmap:" + mount.destination, Boundary::kUserns,
                Side::kBeside, "Files belong to who owns them outside, mapped.",
                kIdmapRemedy)
          .idmap(tree);
    }
    set_flags(builder, step, tree, flags_of(mount), mount.recursive);
    builder.bind_trees[mount.destination] = {tree, S_ISDIR(info.st_mode)};
  }
  return {};
}

Status plan_mounts(Builder& builder) {
  for (const Mount& mount : builder.spec.mounts) {
    if (mount.kind == MountKind::kBind &&
        !builder.bind_trees.contains(mount.destination)) {
      continue;
    }
    StepBuilder step = builder.step(
        step_name(mount), Boundary::kRootfs, Side::kChild,
        "A file system of the container's own.", kMountPointRemedy);
    const bool userns = builder.is_new(NamespaceKind::kUser);
    switch (mount.kind) {
      case MountKind::kBind: {
        const BindTree& bind = builder.bind_trees.at(mount.destination);
        plan_bind(builder, step, mount, bind.slot, bind.directory);
        break;
      }
      case MountKind::kProc:
        if (userns &&
            builder.spec.ns(NamespaceKind::kPid).mode == NamespaceMode::kJoin) {
          return fail("mount " + mount.destination +
                          ": the pid namespace that is joined belongs to "
                          "another user namespace",
                      0, "use --userns host, or mount no proc");
        }
        plan_proc(builder, step, mount);
        break;
      case MountKind::kSysfs:
        if (userns && !builder.is_new(NamespaceKind::kNet)) {
          plan_old_root_mount(builder, step, mount, "sys");
        } else {
          plan_new(builder, step, mount, "sysfs", {});
        }
        break;
      case MountKind::kTmpfs:
        plan_tmpfs(builder, step, mount);
        break;
      case MountKind::kDevpts:
        plan_devpts(builder, step, mount);
        break;
      case MountKind::kMqueue:
        if (userns && !builder.is_new(NamespaceKind::kIpc)) {
          plan_old_root_mount(builder, step, mount, "dev/mqueue");
        } else {
          plan_new(builder, step, mount, "mqueue", {});
        }
        break;
      case MountKind::kCgroup:
        plan_cgroup_mount(builder, step, mount);
        break;
    }
    add_flags_step(builder, step_name(mount), mount.destination,
                   flags_of(mount));
  }
  return {};
}

}  // namespace bulkhead
