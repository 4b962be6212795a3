#include "runtime/spec/syscall_groups.h"

#include <linux/capability.h>

#include <array>

#include "runtime/spec/names.h"

namespace bulkhead {
namespace {

using Name = std::string_view;

// One block a subject; a line is re-wrapped by hand where a call is added.
// clang-format off
constexpr auto kOrdinary = std::to_array<Name>({
  // files and directories
  "access", "chdir", "chmod", "chown", "close", "close_range",
  "copy_file_range", "creat", "dup", "dup2", "dup3", "faccessat",
  "faccessat2", "fadvise64", "fallocate", "fchdir", "fchmod", "fchmodat",
  "fchmodat2", "fchown", "fchownat", "fcntl", "fdatasync", "fgetxattr",
  "file_getattr", "file_setattr", "flistxattr", "flock", "fremovexattr",
  "fsetxattr", "fstat", "fstatfs", "fsync", "ftruncate", "futimesat", "getcwd",
  "getdents", "getdents64", "getxattr", "getxattrat", "inotify_add_watch",
  "inotify_init", "inotify_init1", "inotify_rm_watch", "lchown", "lgetxattr",
  "link", "linkat", "listxattr", "listxattrat", "llistxattr", "lremovexattr",
  "lseek", "lsetxattr", "lstat", "mkdir", "mkdirat", "mknod", "mknodat",
  "newfstatat", "open", "openat", "openat2", "pread64", "preadv", "preadv2",
  "pwrite64", "pwritev", "pwritev2", "read", "readahead", "readlink",
  "readlinkat", "readv", "removexattr", "removexattrat", "rename", "renameat",
  "renameat2", "rmdir", "sendfile", "setxattr", "setxattrat", "splice", "stat",
  "statfs", "statx", "symlink", "symlinkat", "sync", "sync_file_range",
  "syncfs", "tee", "truncate", "umask", "unlink", "unlinkat", "utime",
  "utimensat", "utimes", "vmsplice", "write", "writev",
  // waiting
  "epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2",
  "epoll_wait", "eventfd", "eventfd2", "pipe", "pipe2", "poll", "ppoll",
  "pselect6", "select", "signalfd", "signalfd4",
  // asynchronous I/O of old
  "io_cancel", "io_destroy", "io_getevents", "io_pgetevents", "io_setup",
  "io_submit",
  // memory
  "brk", "cachestat", "madvise", "map_shadow_stack", "membarrier",
  "memfd_create", "memfd_secret", "mincore", "mlock", "mlock2", "mlockall",
  "mmap", "mprotect", "mremap", "mseal", "msync", "munlock", "munlockall",
  "munmap", "pkey_alloc", "pkey_free", "pkey_mprotect", "remap_file_pages",
  // processes, threads, signals
  "alarm", "arch_prctl", "execve", "execveat", "exit", "exit_group", "fork",
  "futex", "futex_requeue", "futex_wait", "futex_waitv", "futex_wake",
  "get_robust_list", "get_thread_area", "getcpu", "getitimer", "getpgid",
  "getpgrp", "getpid", "getppid", "getpriority", "getrlimit", "getrusage",
  "getsid", "gettid", "ioprio_get", "ioprio_set", "kill", "pause",
  "pidfd_open", "pidfd_send_signal", "prctl", "prlimit64", "process_mrelease",
  "restart_syscall", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask",
  "rt_sigqueueinfo", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait",
  "rt_tgsigqueueinfo", "sched_get_priority_max", "sched_get_priority_min",
  "sched_getaffinity", "sched_getattr", "sched_getparam",
  "sched_getscheduler", "sched_rr_get_interval", "sched_setaffinity",
  "sched_setattr", "sched_setparam", "sched_setscheduler", "sched_yield",
  "set_robust_list", "set_thread_area", "set_tid_address", "setitimer",
  "setpgid", "setpriority", "setrlimit", "setsid", "sigaltstack", "tgkill",
  "tkill", "uprobe", "uretprobe", "vfork", "wait4", "waitid",
  // ids, capabilities, confining oneself further
  "capget", "capset", "getegid", "geteuid", "getgid", "getgroups",
  "getresgid", "getresuid", "getuid", "landlock_add_rule",
  "landlock_create_ruleset", "landlock_restrict_self", "lsm_get_self_attr",
  "lsm_list_modules", "lsm_set_self_attr", "seccomp", "setfsgid", "setfsuid",
  "setgid", "setgroups", "setregid", "setresgid", "setresuid", "setreuid",
  "setuid",
  // clocks
  "clock_getres", "clock_gettime", "clock_nanosleep", "gettimeofday",
  "nanosleep", "time", "timer_create", "timer_delete", "timer_getoverrun",
  "timer_gettime", "timer_settime", "timerfd_create", "timerfd_gettime",
  "timerfd_settime", "times",
  // sockets (socket itself: by family)
  "accept", "accept4", "bind", "connect", "getpeername", "getsockname",
  "getsockopt", "listen", "recvfrom", "recvmmsg", "recvmsg", "sendmmsg",
  "sendmsg", "sendto", "setsockopt", "shutdown",
  // System V and POSIX IPC
  "mq_getsetattr", "mq_notify", "mq_open", "mq_timedreceive", "mq_timedsend",
  "mq_unlink", "msgctl", "msgget", "msgrcv", "msgsnd", "semctl", "semget",
  "semop", "semtimedop", "shmat", "shmctl", "shmdt", "shmget",
  // the rest
  "getrandom", "sysinfo", "uname",
});

constexpr auto kCompat = std::to_array<Name>({
  "_llseek", "_newselect", "chown32", "clock_getres_time64",
  "clock_gettime64", "clock_nanosleep_time64", "fadvise64_64", "fchown32",
  "fcntl64", "fstat64", "fstatat64", "fstatfs64", "ftruncate64",
  "futex_time64", "getegid32", "geteuid32", "getgid32", "getgroups32",
  "getresgid32", "getresuid32", "getuid32", "io_pgetevents_time64", "ipc",
  "lchown32", "lstat64", "mmap2", "mq_timedreceive_time64",
  "mq_timedsend_time64", "nice", "oldfstat", "oldlstat", "oldstat",
  "olduname", "ppoll_time64", "pselect6_time64", "readdir",
  "recvmmsg_time64", "rt_sigtimedwait_time64", "sched_rr_get_interval_time64",
  "semtimedop_time64", "sendfile64", "setfsgid32", "setfsuid32", "setgid32",
  "setgroups32", "setregid32", "setresgid32", "setresuid32", "setreuid32",
  "setuid32", "sgetmask", "sigaction", "signal", "sigpending", "sigprocmask",
  "sigreturn", "sigsuspend", "socketcall", "ssetmask", "stat64", "statfs64",
  "timer_gettime64", "timer_settime64", "timerfd_gettime64",
  "timerfd_settime64", "truncate64", "ugetrlimit", "utimensat_time64",
  "waitpid",
});

constexpr auto kAdmin = std::to_array<Name>({
  "fanotify_init", "fanotify_mark", "fsconfig", "fsmount", "fsopen", "fspick",
  "listmount", "listns", "lookup_dcookie", "mount", "mount_setattr",
  "move_mount", "open_tree", "open_tree_attr", "pivot_root", "quotactl",
  "quotactl_fd", "setdomainname", "sethostname", "setns", "statmount",
  "umount", "umount2", "unshare",
});
constexpr auto kBpf = std::to_array<Name>({"bpf"});
constexpr auto kPerfmon = std::to_array<Name>({"perf_event_open"});
constexpr auto kSyslog = std::to_array<Name>({"syslog"});
constexpr auto kBoot = std::to_array<Name>({
  "kexec_file_load", "kexec_load", "reboot",
});
constexpr auto kModule = std::to_array<Name>({
  "delete_module", "finit_module", "init_module",
});
constexpr auto kPtrace = std::to_array<Name>({
  "kcmp", "pidfd_getfd", "process_madvise", "process_vm_readv",
  "process_vm_writev", "ptrace",
});
constexpr auto kTime = std::to_array<Name>({
  "clock_settime", "clock_settime64", "settimeofday", "stime",
});
constexpr auto kRawio = std::to_array<Name>({"ioperm", "iopl"});
constexpr auto kChroot = std::to_array<Name>({"chroot"});
constexpr auto kNice = std::to_array<Name>({
  "get_mempolicy", "mbind", "migrate_pages", "move_pages", "set_mempolicy",
  "set_mempolicy_home_node",
});
constexpr auto kHandle = std::to_array<Name>({"open_by_handle_at"});
constexpr auto kTty = std::to_array<Name>({"vhangup"});
constexpr auto kAccounting = std::to_array<Name>({"acct"});

constexpr CapabilityMask kAdminBit = capability_bit(CAP_SYS_ADMIN);
constexpr auto kGated = std::to_array<GatedCalls>({
  {kAdminBit, kAdmin},
  {capability_bit(CAP_BPF) | kAdminBit, kBpf},
  {capability_bit(CAP_PERFMON) | kAdminBit, kPerfmon},
  {capability_bit(CAP_SYSLOG) | kAdminBit, kSyslog},
  {capability_bit(CAP_SYS_BOOT), kBoot},
  {capability_bit(CAP_SYS_MODULE), kModule},
  {capability_bit(CAP_SYS_PTRACE), kPtrace},
  {capability_bit(CAP_SYS_TIME), kTime},
  {capability_bit(CAP_SYS_RAWIO), kRawio},
  {capability_bit(CAP_SYS_CHROOT), kChroot},
  {capability_bit(CAP_SYS_NICE), kNice},
  {capability_bit(CAP_DAC_READ_SEARCH), kHandle},
  {capability_bit(CAP_SYS_TTY_CONFIG), kTty},
  {capability_bit(CAP_SYS_PACCT), kAccounting},
});

constexpr auto kDenied = std::to_array<Name>({
  // keyrings are no namespace's (keyrings(7))
  "add_key", "keyctl", "request_key",
  // its operations pass every filter by
  "io_uring_enter", "io_uring_register", "io_uring_setup",
  // holds the kernel still in the middle of a copy
  "userfaultfd",
  // the whole machine's
  "swapoff", "swapon",
  // old, unused, or gone
  "_sysctl", "nfsservctl", "sysfs", "uselib", "ustat",
});

constexpr auto kQuestionable = std::to_array<Name>({
  "adjtimex", "clock_adjtime", "clock_adjtime64", "modify_ldt",
  "name_to_handle_at",
});

constexpr auto kByArgument = std::to_array<Name>({
  "clone", "clone3", "ioctl", "personality", "socket", "socketpair",
});
// clang-format on

}  // namespace

std::span<const Name> ordinary_calls() { return kOrdinary; }
std::span<const Name> compat_calls() { return kCompat; }
std::span<const GatedCalls> gated_calls() { return kGated; }
std::span<const Name> denied_calls() { return kDenied; }
std::span<const Name> questionable_calls() { return kQuestionable; }
std::span<const Name> argument_calls() { return kByArgument; }

}  // namespace bulkhead
