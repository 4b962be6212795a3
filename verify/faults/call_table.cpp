#include "verify/faults/call_table.h"

#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace bulkhead::verify::faults {
namespace {

// EPERM, EACCES and ENOSYS are what outer filters, LSMs and old kernels say to
// anything; the others are what the manual page of the call names and what
// some runtime is known to take for "not needed here".
constexpr std::array kMounts = {EPERM, EINVAL, ENOSYS, ENOMEM,
                                EBUSY, EACCES, ENOENT, ENODEV};
constexpr std::array kNamespaces = {EPERM, EINVAL, ENOSYS, ENOMEM, ENOSPC};
constexpr std::array kProcesses = {EAGAIN, ENOMEM, EPERM, ENOSYS, EINVAL};
constexpr std::array kIds = {EPERM, EINVAL, EAGAIN, ENOSYS};
constexpr std::array kSwitches = {EPERM, EINVAL, ENOSYS, EBUSY};
// EAGAIN: the verifier was interrupted (bpf(2), BPF_PROG_LOAD).
constexpr std::array kPrograms = {EPERM, EINVAL, ENOSYS, EAGAIN, ENOMEM};
constexpr std::array kFilters = {EPERM, EINVAL, ENOSYS, EACCES, ENOMEM};
constexpr std::array kPaths = {EPERM, EACCES, ENOENT, ENOSYS, EMFILE, EINTR};
constexpr std::array kResolved = {EPERM, EINVAL, ENOSYS, EAGAIN, EXDEV, ENOENT};
constexpr std::array kMakes = {EPERM, EACCES, EROFS, ENOSPC, EEXIST};
constexpr std::array kRemoves = {EPERM, EBUSY, ENOENT, EROFS};
constexpr std::array kOwners = {EPERM, EINVAL, EROFS, ENOSYS};
constexpr std::array kWrites = {EPERM, EINVAL, EBUSY, ENOSPC,
                                EIO,   EACCES, EINTR};
constexpr std::array kReads = {EIO, EPERM, EINVAL, EINTR};
constexpr std::array kLooks = {EACCES, ENOENT, ENOSYS, ENOMEM};
constexpr std::array kDescriptors = {EMFILE, EINVAL, EPERM, ENOSYS};
constexpr std::array kMessages = {EPERM, EAGAIN, EPIPE, ENOSYS};
constexpr std::array kKeys = {EPERM, EDQUOT, ENOSYS, EACCES};
constexpr std::array kExecs = {EACCES, ENOENT, EPERM, ENOMEM, ENOSYS};

constexpr std::array kTable = {
    TableCall{"bpf", SYS_bpf, "d", kPrograms, Lie::kZero},
    TableCall{"capset", SYS_capset, "", kIds, Lie::kZero},
    TableCall{"chdir", SYS_chdir, "s", kPaths, Lie::kZero},
    TableCall{"chmod", SYS_chmod, "sx", kOwners, Lie::kZero},
    TableCall{"chown", SYS_chown, "sdd", kOwners, Lie::kZero},
    TableCall{"chroot", SYS_chroot, "s", kMounts, Lie::kZero},
    TableCall{"clone", SYS_clone, "x", kProcesses},
    TableCall{"clone3", SYS_clone3, "c", kProcesses},
    TableCall{"close_range", SYS_close_range, "nnx", kSwitches, Lie::kZero},
    TableCall{"dup", SYS_dup, "f", kDescriptors},
    TableCall{"dup2", SYS_dup2, "fd", kDescriptors},
    TableCall{"dup3", SYS_dup3, "fdx", kDescriptors},
    TableCall{"execve", SYS_execve, "s", kExecs, Lie::kZero},
    TableCall{"execveat", SYS_execveat, "fs", kExecs, Lie::kZero},
    TableCall{"fchdir", SYS_fchdir, "f", kSwitches, Lie::kZero},
    TableCall{"fchmod", SYS_fchmod, "fx", kOwners, Lie::kZero},
    TableCall{"fchmodat", SYS_fchmodat, "fsx", kOwners, Lie::kZero},
    TableCall{"fchown", SYS_fchown, "fdd", kOwners, Lie::kZero},
    TableCall{"fchownat", SYS_fchownat, "fsdd", kOwners, Lie::kZero},
    TableCall{"fcntl", SYS_fcntl, "fdd", kDescriptors, Lie::kZero},
    TableCall{"fork", SYS_fork, "", kProcesses},
    TableCall{"fsconfig", SYS_fsconfig, "fds", kMounts, Lie::kZero},
    TableCall{"fsmount", SYS_fsmount, "fxx", kMounts},
    TableCall{"fsopen", SYS_fsopen, "sx", kMounts},
    TableCall{"fstat", SYS_fstat, "f", kLooks, Lie::kZero},
    TableCall{"fstatfs", SYS_fstatfs, "f", kLooks, Lie::kZero},
    TableCall{"ftruncate", SYS_ftruncate, "fd", kWrites, Lie::kZero},
    TableCall{"getdents64", SYS_getdents64, "f", kReads, Lie::kZero},
    TableCall{"ioctl", SYS_ioctl, "fx", kSwitches, Lie::kZero},
    TableCall{"ioprio_set", SYS_ioprio_set, "dd", kSwitches, Lie::kZero},
    TableCall{"keyctl", SYS_keyctl, "d", kKeys, Lie::kZero},
    TableCall{"kill", SYS_kill, ".d", kIds, Lie::kZero},
    TableCall{"landlock_add_rule", SYS_landlock_add_rule, "fd", kFilters,
              Lie::kZero},
    TableCall{"landlock_create_ruleset", SYS_landlock_create_ruleset, "..x",
              kFilters},
    TableCall{"landlock_restrict_self", SYS_landlock_restrict_self, "fx",
              kFilters, Lie::kZero},
    TableCall{"lchown", SYS_lchown, "sdd", kOwners, Lie::kZero},
    TableCall{"linkat", SYS_linkat, "fsfs", kMakes, Lie::kZero},
    TableCall{"memfd_create", SYS_memfd_create, "sx", kDescriptors},
    TableCall{"mkdir", SYS_mkdir, "sx", kMakes, Lie::kZero},
    TableCall{"mkdirat", SYS_mkdirat, "fsx", kMakes, Lie::kZero},
    TableCall{"mknod", SYS_mknod, "sxx", kMakes, Lie::kZero},
    TableCall{"mknodat", SYS_mknodat, "fsxx", kMakes, Lie::kZero},
    TableCall{"mount", SYS_mount, "sssx", kMounts, Lie::kZero},
    TableCall{"mount_setattr", SYS_mount_setattr, "fsx", kMounts, Lie::kZero},
    TableCall{"move_mount", SYS_move_mount, "fsfsx", kMounts, Lie::kZero},
    TableCall{"newfstatat", SYS_newfstatat, "fs.x", kLooks, Lie::kZero},
    TableCall{"open", SYS_open, "sx", kPaths},
    TableCall{"open_tree", SYS_open_tree, "fsx", kMounts},
    TableCall{"openat", SYS_openat, "fsx", kPaths},
    TableCall{"openat2", SYS_openat2, "fs", kResolved},
    TableCall{"personality", SYS_personality, "x", kSwitches, Lie::kZero},
    TableCall{"pidfd_open", SYS_pidfd_open, "", kDescriptors},
    TableCall{"pidfd_send_signal", SYS_pidfd_send_signal, ".d", kIds,
              Lie::kZero},
    TableCall{"pipe", SYS_pipe, "", kDescriptors},
    TableCall{"pipe2", SYS_pipe2, ".x", kDescriptors},
    TableCall{"pivot_root", SYS_pivot_root, "ss", kMounts, Lie::kZero},
    TableCall{"prctl", SYS_prctl, "dd", kSwitches, Lie::kZero},
    TableCall{"prlimit64", SYS_prlimit64, ".d", kIds, Lie::kZero},
    TableCall{"pwrite64", SYS_pwrite64, "f", kWrites, Lie::kCount},
    TableCall{"read", SYS_read, "f", kReads, Lie::kZero},
    TableCall{"readlink", SYS_readlink, "s", kLooks},
    TableCall{"readlinkat", SYS_readlinkat, "fs", kLooks},
    TableCall{"recvfrom", SYS_recvfrom, "f", kMessages},
    TableCall{"recvmsg", SYS_recvmsg, "f", kMessages},
    TableCall{"rename", SYS_rename, "ss", kMakes, Lie::kZero},
    TableCall{"renameat", SYS_renameat, "fsfs", kMakes, Lie::kZero},
    TableCall{"renameat2", SYS_renameat2, "fsfs", kMakes, Lie::kZero},
    TableCall{"rmdir", SYS_rmdir, "s", kRemoves, Lie::kZero},
    TableCall{"sched_setaffinity", SYS_sched_setaffinity, "", kSwitches,
              Lie::kZero},
    TableCall{"sched_setscheduler", SYS_sched_setscheduler, ".d", kSwitches,
              Lie::kZero},
    TableCall{"seccomp", SYS_seccomp, "dx", kFilters, Lie::kZero},
    TableCall{"sendmsg", SYS_sendmsg, "f", kMessages},
    TableCall{"sendto", SYS_sendto, "f", kMessages, Lie::kCount},
    TableCall{"setdomainname", SYS_setdomainname, "", kSwitches, Lie::kZero},
    TableCall{"setgid", SYS_setgid, "d", kIds, Lie::kZero},
    TableCall{"setgroups", SYS_setgroups, "d", kIds, Lie::kZero},
    TableCall{"sethostname", SYS_sethostname, "", kSwitches, Lie::kZero},
    TableCall{"setns", SYS_setns, "fx", kNamespaces, Lie::kZero},
    TableCall{"setpgid", SYS_setpgid, "", kIds, Lie::kZero},
    TableCall{"setpriority", SYS_setpriority, "d.d", kSwitches, Lie::kZero},
    TableCall{"setregid", SYS_setregid, "dd", kIds, Lie::kZero},
    TableCall{"setresgid", SYS_setresgid, "ddd", kIds, Lie::kZero},
    TableCall{"setresuid", SYS_setresuid, "ddd", kIds, Lie::kZero},
    TableCall{"setreuid", SYS_setreuid, "dd", kIds, Lie::kZero},
    TableCall{"setrlimit", SYS_setrlimit, "d", kIds, Lie::kZero},
    TableCall{"setsid", SYS_setsid, "", kIds},
    TableCall{"setuid", SYS_setuid, "d", kIds, Lie::kZero},
    TableCall{"setxattr", SYS_setxattr, "ss", kMakes, Lie::kZero},
    TableCall{"socket", SYS_socket, "dxd", kDescriptors},
    TableCall{"socketpair", SYS_socketpair, "dxd", kDescriptors},
    TableCall{"stat", SYS_stat, "s", kLooks, Lie::kZero},
    TableCall{"statfs", SYS_statfs, "s", kLooks, Lie::kZero},
    TableCall{"statx", SYS_statx, "fsx", kLooks, Lie::kZero},
    TableCall{"symlink", SYS_symlink, "ss", kMakes, Lie::kZero},
    TableCall{"symlinkat", SYS_symlinkat, "sfs", kMakes, Lie::kZero},
    TableCall{"umount2", SYS_umount2, "sx", kMounts, Lie::kZero},
    TableCall{"unlink", SYS_unlink, "s", kRemoves, Lie::kZero},
    TableCall{"unlinkat", SYS_unlinkat, "fsx", kRemoves, Lie::kZero},
    TableCall{"unshare", SYS_unshare, "x", kNamespaces, Lie::kZero},
    TableCall{"vfork", SYS_vfork, "", kProcesses},
    TableCall{"wait4", SYS_wait4, "", kMessages},
    TableCall{"waitid", SYS_waitid, "d", kMessages, Lie::kZero},
    TableCall{"write", SYS_write, "f", kWrites, Lie::kCount},
};

static_assert(std::ranges::is_sorted(kTable, {}, [](const TableCall& call) {
  return std::string_view(call.name);
}));

}  // namespace

std::span<const TableCall> call_table() { return kTable; }

const TableCall* call_named(std::string_view name) {
  const auto* found = std::ranges::find(
      kTable, name, [](const TableCall& call) { return call.name; });
  return found == kTable.end() ? nullptr : &*found;
}

const TableCall* call_numbered(int number) {
  const auto* found = std::ranges::find(kTable, number, &TableCall::number);
  return found == kTable.end() ? nullptr : &*found;
}

std::string_view errno_word(int number) {
  const char* word = strerrorname_np(number);
  return word == nullptr ? "E?" : word;
}

int errno_named(std::string_view word) {
  constexpr int kMostErrnos = 4096;
  for (int number = 1; number < kMostErrnos; ++number) {
    const char* name = strerrorname_np(number);
    if (name != nullptr && word == name) return number;
  }
  return 0;
}

}  // namespace bulkhead::verify::faults
