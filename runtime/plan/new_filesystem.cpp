// A new file system, and what it was asked to be read back from it.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <optional>
#include <string_view>

#include "runtime/base/text.h"
#include "runtime/plan/mount_steps.h"

namespace bulkhead {
namespace {

template <typename Number>
std::string raw(Number number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

/// "64k" as bytes; nothing where that is no size of a tmpfs.
std::optional<std::uint64_t> bytes_of(std::string_view text) {
  std::uint64_t unit = 1;
  if (text.ends_with('k')) unit = 1024;
  if (text.ends_with('m')) unit = 1024 * 1024;
  if (unit != 1) text.remove_suffix(1);
  const auto number = number_in<std::uint64_t>(text);
  if (!number) return std::nullopt;
  return *number * unit;
}

/// The bounds of a tmpfs, as the kernel has them.
void read_bounds_back(StepBuilder& step, int tree,
                      const std::vector<FsParameter>& parameters) {
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  step.call(SYS_fstatfs, "fstatfs: bounded as asked for",
            {slot_value(tree), scratch()});
  for (const FsParameter& parameter : parameters) {
    const auto number = bytes_of(parameter.value);
    if (!number) continue;
    if (parameter.key == "size") {
      step.scratch_equals(raw((*number + page - 1) / page),
                          offsetof(struct statfs, f_blocks));
    } else if (parameter.key == "nr_inodes") {
      step.scratch_equals(raw(*number), offsetof(struct statfs, f_files));
    }
  }
}

/// Who owns its top, and who may do what there.
void read_access_back(Builder& builder, StepBuilder& step, int tree,
                      const std::vector<FsParameter>& parameters) {
  step.call(
      SYS_newfstatat, "fstat: mode and owner as asked for",
      {slot_value(tree), builder.text(""), scratch(), value(AT_EMPTY_PATH)});
  for (const FsParameter& parameter : parameters) {
    if (parameter.key == "mode") {
      const auto mode =
          static_cast<mode_t>(std::stoul(parameter.value, nullptr, 8));
      step.scratch_equals(raw(S_IFDIR | mode), offsetof(struct stat, st_mode));
    } else if (parameter.key == "uid" || parameter.key == "gid") {
      const auto id = number_in<std::uint32_t>(parameter.value);
      if (!id) continue;
      step.scratch_equals(raw(*id), parameter.key == "uid"
                                        ? offsetof(struct stat, st_uid)
                                        : offsetof(struct stat, st_gid));
    }
  }
}

}  // namespace

int new_filesystem(Builder& builder, StepBuilder& step, const std::string& type,
                   const std::vector<FsParameter>& parameters,
                   const MountFlags& flags) {
  const int context = builder.slot();
  const int tree = builder.slot();
  step.call(SYS_fsopen, "fsopen(" + type + ")",
            {builder.text(type), value(FSOPEN_CLOEXEC)})
      .into(context);
  for (const FsParameter& parameter : parameters) {
    const bool flag = parameter.value.empty();
    step.call(
        SYS_fsconfig,
        "fsconfig(" + parameter.key + (flag ? "" : "=") + parameter.value + ")",
        {slot_value(context),
         value(flag ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING),
         builder.text(parameter.key),
         flag ? value(0) : builder.text(parameter.value), value(0)});
  }
  step.call(SYS_fsconfig, "fsconfig(FSCONFIG_CMD_CREATE)",
            {slot_value(context), value(FSCONFIG_CMD_CREATE), value(0),
             value(0), value(0)})
      .call(SYS_fsmount, "fsmount(" + shown(flags) + ")",
            {slot_value(context), value(FSMOUNT_CLOEXEC),
             value(attributes(flags))})
      .into(tree)
      .call(SYS_close, "close", {slot_value(context)});
  if (type == "tmpfs") {
    read_bounds_back(step, tree, parameters);
    read_access_back(builder, step, tree, parameters);
  }
  return tree;
}

}  // namespace bulkhead
