#include "runtime/plan/mount_steps.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace bulkhead {

std::int64_t attributes(const MountFlags& flags) {
  return (flags.read_only ? MOUNT_ATTR_RDONLY : 0) |
         (flags.nosuid ? MOUNT_ATTR_NOSUID : 0) |
         (flags.nodev ? MOUNT_ATTR_NODEV : 0) |
         (flags.noexec ? MOUNT_ATTR_NOEXEC : 0);
}

namespace {

std::int64_t classic_flags(const MountFlags& flags) {
  return static_cast<std::int64_t>(
      (flags.read_only ? MS_RDONLY : 0) | (flags.nosuid ? MS_NOSUID : 0) |
      (flags.nodev ? MS_NODEV : 0) | (flags.noexec ? MS_NOEXEC : 0));
}

/// mountinfo(5) writes blank, tab, newline and backslash in octal.
std::string escaped(const std::string& path) {
  std::string result;
  for (const char c : path) {
    if (c == ' ') {
      result += "\\040";
    } else if (c == '\t') {
      result += "\\011";
    } else if (c == '\n') {
      result += "\\012";
    } else if (c == '\\') {
      result += "\\134";
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace

int clone_tree(Builder& builder, StepBuilder& step, int directory_slot,
               const std::string& path, bool recursive) {
  const int tree = builder.slot();
  const std::int64_t flags =
      static_cast<std::int64_t>(OPEN_TREE_CLONE) | OPEN_TREE_CLOEXEC |
      (recursive ? AT_RECURSIVE : 0) | (path.empty() ? AT_EMPTY_PATH : 0);
  step.call(SYS_open_tree,
            "open_tree(" + (path.empty() ? std::string("the place") : path) +
                (recursive ? ", AT_RECURSIVE)" : ")"),
            {directory_slot < 0 ? value(AT_FDCWD) : slot_value(directory_slot),
             builder.text(path), value(flags)})
      .into(tree);
  return tree;
}

void set_flags(Builder& builder, StepBuilder& step, int tree_slot,
               const MountFlags& flags, bool recursive) {
  if (!builder.host.mount_setattr) return;
  mount_attr attr{};
  attr.attr_set = static_cast<std::uint64_t>(attributes(flags));
  // A copy of a shared mount, and under systemd all are, is shared with it.
  attr.propagation = MS_PRIVATE;
  step.call(SYS_mount_setattr, "mount_setattr(" + shown(flags) + ",private)",
            {slot_value(tree_slot), builder.text(""),
             value(AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0)),
             builder.record(attr), value(sizeof attr)});
}

void make_private(Builder& builder, StepBuilder& step,
                  const std::string& path) {
  step.call(SYS_mount, "mount(" + path + ", MS_REC|MS_PRIVATE)",
            {value(0), builder.text(path), value(0),
             value(static_cast<std::int64_t>(MS_REC | MS_PRIVATE)), value(0)});
}

void make_private_for_sure(Builder& builder, StepBuilder& step,
                           const std::string& path) {
  if (builder.host.mount_setattr) {
    mount_attr attr{};
    attr.propagation = MS_PRIVATE;
    step.call(SYS_mount_setattr,
              "mount_setattr(" + path + ", AT_RECURSIVE, private)",
              {value(AT_FDCWD), builder.text(path), value(AT_RECURSIVE),
               builder.record(attr), value(sizeof attr)});
  } else {
    step.call(SYS_mount, "mount(" + path + ", MS_REC|MS_SLAVE)",
              {value(0), builder.text(path), value(0),
               value(static_cast<std::int64_t>(MS_REC | MS_SLAVE)), value(0)});
  }
  make_private(builder, step, path);
}

namespace {

/// Takes the flags out of the calls of `step_name` that set any.
void drop_flags(Plan& plan, const std::string& step_name) {
  for (std::vector<Call>* calls : {&plan.before, &plan.child}) {
    for (Call& call : *calls) {
      if (plan.steps[call.step].name != step_name) continue;
      if (call.number == SYS_fsmount) call.args[2] = value(0);
      if (call.number != SYS_mount_setattr) continue;
      for (std::string& bytes : *plan.bytes) {
        if (reinterpret_cast<std::uint64_t>(bytes.data()) ==
            call.args[3].value) {
          reinterpret_cast<mount_attr*>(bytes.data())->attr_set = 0;
        }
      }
    }
  }
}

}  // namespace

void add_flags_step(Builder& builder, const std::string& step_name,
                    const std::string& destination, const MountFlags& flags) {
  if (attributes(flags) == 0) return;
  builder
      .step("rootfs.flags:" + destination, Boundary::kRootfs, Side::kChild,
            "No more can be done on the mount than was asked for.")
      .says(shown(flags) + ", set by " + step_name + " before it is attached")
      .dropped_by([step_name](Plan& plan) { drop_flags(plan, step_name); });
}

void make_writable(Builder& builder, StepBuilder& step, int tree_slot) {
  if (!builder.host.mount_setattr) return;
  mount_attr attr{};
  attr.attr_clr = MOUNT_ATTR_RDONLY;
  step.call(SYS_mount_setattr, "mount_setattr(rw, the top alone)",
            {slot_value(tree_slot), builder.text(""), value(AT_EMPTY_PATH),
             builder.record(attr), value(sizeof attr)})
      .tolerate(EPERM);  // read-only, and locked so, on the host
}

MountFlags with_flags_of(const Builder& builder, const std::string& source,
                         MountFlags flags) {
  struct statvfs there {};
  if (builder.host.mount_setattr || statvfs(source.c_str(), &there) != 0) {
    return flags;
  }
  flags.read_only = flags.read_only || (there.f_flag & ST_RDONLY) != 0;
  flags.nosuid = flags.nosuid || (there.f_flag & ST_NOSUID) != 0;
  flags.nodev = flags.nodev || (there.f_flag & ST_NODEV) != 0;
  flags.noexec = flags.noexec || (there.f_flag & ST_NOEXEC) != 0;
  return flags;
}

StepBuilder& remount(Builder& builder, StepBuilder& step,
                     const std::string& path, const MountFlags& flags) {
  return step.call(
      SYS_mount,
      "mount(" + path + ", MS_REMOUNT|MS_BIND, " + shown(flags) + ")",
      {value(0), builder.text(path), value(0),
       value(static_cast<std::int64_t>(MS_REMOUNT | MS_BIND) |
             classic_flags(flags)),
       value(0)});
}

void remount_below(Builder& builder, StepBuilder& step,
                   const std::string& source, const std::string& destination,
                   const MountFlags& flags) {
  if (builder.host.mount_setattr) return;
  const std::string prefix = source == "/" ? source : source + "/";
  for (const HostMount& mount : builder.host.mounts) {
    if (mount.mount_point.size() <= prefix.size() ||
        mount.mount_point.rfind(prefix, 0) != 0) {
      continue;
    }
    const std::string place = (destination == "/" ? "" : destination) + "/" +
                              mount.mount_point.substr(prefix.size());
    const MountFlags all = with_flags_of(builder, mount.mount_point, flags);
    // Covered by a later mount: not to be seen inside either.
    remount(builder, step, place, all).tolerate(ENOENT, EINVAL);
  }
}

void make_read_only(Builder& builder, StepBuilder& step,
                    const std::string& path, const MountFlags& others) {
  if (builder.host.mount_setattr) {
    mount_attr attr{};
    attr.attr_set = MOUNT_ATTR_RDONLY;
    step.call(SYS_mount_setattr, "mount_setattr(" + path + ", ro)",
              {value(AT_FDCWD), builder.text(path), value(0),
               builder.record(attr), value(sizeof attr)});
    return;
  }
  MountFlags flags = others;
  flags.read_only = true;
  remount(builder, step, path, flags);
}

void expect_mount(Builder& builder, const std::string& destination,
                  const char* type, const MountFlags& flags, bool subtree,
                  bool optional) {
  builder.mounts.push_back({builder.keep(escaped(destination)), type,
                            flags.read_only, flags.nosuid, flags.nodev,
                            flags.noexec, subtree, optional});
  if (optional) builder.mounts.back().path = builder.keep(destination);
}

std::string shown(const MountFlags& flags) {
  std::string text = flags.read_only ? "ro" : "rw";
  if (flags.nosuid) text += ",nosuid";
  if (flags.nodev) text += ",nodev";
  if (flags.noexec) text += ",noexec";
  return text;
}

}  // namespace bulkhead
