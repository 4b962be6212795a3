// Both profiles, compiled by libseccomp and tried on this kernel: each case in
// a forked child that is confined first.
#include "runtime/spec/seccomp_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <map>
#include <random>

#include "runtime/spec/seccomp_try.h"
#include "runtime/spec/syscall_groups.h"

namespace bulkhead {
namespace {

constexpr std::uint32_t kSentinel = ENOTSOCK;  // Nothing tried here answers it.
constexpr long kUnknownCall = 1000;

constexpr long kDenied = -static_cast<long>(kSentinel);
Seccomp hardened_calls() { return hardened_profile(0, kSentinel); }
Seccomp docker_like(CapabilityMask granted = 0) {
  return oci_profile(granted, kSentinel);
}

/// clone() with a child that ends at once; the child's exit is awaited.
long try_clone(unsigned long flags) {
  const long pid = answer(SYS_clone, flags, 0L, 0L, 0L, 0L);
  if (pid == 0) _exit(0);
  if (pid > 0) waitpid(static_cast<pid_t>(pid), nullptr, __WALL);
  return pid > 0 ? 0 : pid;
}

TEST(HardenedProfile, RefusesTerminalInputAndNothingElseOfIoctl) {
  under(hardened_calls(), [] {
    EXPECT_EQ(answer(SYS_ioctl, -1, TIOCSTI, 0L), kDenied);
    EXPECT_EQ(answer(SYS_ioctl, -1, TIOCLINUX, 0L), kDenied);
    EXPECT_EQ(answer(SYS_ioctl, -1, TIOCGWINSZ, 0L), -EBADF);
    std::mt19937_64 random(1);
    for (int i = 0; i < 20000; ++i) {
      // Close to the two and anywhere; each with whatever above 32 bits.
      const std::uint64_t high = random() << 32;
      const std::uint64_t near =
          TIOCSTI ^ (1ULL << (random() % 32)) ^ (random() % 16);
      for (const std::uint64_t request : {near, random() & 0xffffffff}) {
        const bool bad = request == TIOCSTI || request == TIOCLINUX;
        ASSERT_EQ(answer(SYS_ioctl, -1, high | request, 0L),
                  bad ? kDenied : -EBADF)
            << std::hex << (high | request);
      }
    }
  });
}

TEST(HardenedProfile, RefusesTerminalInputWithHighBits) {
  under(hardened_calls(), [] {
    for (unsigned shift = 32; shift < 64; ++shift) {
      EXPECT_EQ(answer(SYS_ioctl, -1, TIOCSTI | 1ULL << shift, 0L), kDenied);
      EXPECT_EQ(answer(SYS_ioctl, -1, TIOCLINUX | 1ULL << shift, 0L), kDenied);
    }
  });
}

TEST(HardenedProfile, RefusesEveryNamespaceFlagOfClone) {
  under(hardened_calls(), [] {
    for (const unsigned long flag :
         {CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
          CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET}) {
      EXPECT_EQ(try_clone(flag | SIGCHLD), kDenied) << std::hex << flag;
      EXPECT_EQ(try_clone(flag | SIGCHLD | 1UL << 40), kDenied);
      EXPECT_EQ(try_clone(flag | CLONE_NEWUSER | SIGCHLD), kDenied);
    }
    EXPECT_EQ(try_clone(0x7e020000UL | SIGCHLD), kDenied);
    EXPECT_EQ(try_clone(0x80), kDenied);
  });
}

TEST(HardenedProfile, LetsForkAndThreadsPass) {
  under(hardened_calls(), [] {
    EXPECT_EQ(try_clone(SIGCHLD), 0);
    const pid_t child = fork();
    if (child == 0) _exit(7);
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 7);
  });
}

TEST(HardenedProfile, SendsLibcFromClone3ToClone) {
  under(hardened_calls(), [] {
    EXPECT_EQ(answer(SYS_clone3, 0L, 0L), -ENOSYS);
    EXPECT_EQ(answer(kUnknownCall), -ENOSYS);
  });
}

TEST(HardenedProfile, AnswersTheSentinelForWhatItDenies) {
  under(hardened_calls(), [] {
    EXPECT_EQ(answer(SYS_keyctl, 0, -3, 0), kDenied);
    EXPECT_EQ(answer(SYS_add_key, 0L, 0L, 0L, 0L, 0L), kDenied);
    EXPECT_EQ(answer(SYS_request_key, 0L, 0L, 0L, 0L), kDenied);
    EXPECT_EQ(answer(SYS_bpf, 0, 0L, 0), kDenied);
    EXPECT_EQ(answer(SYS_perf_event_open, 0L, 0, -1, -1, 0), kDenied);
    EXPECT_EQ(answer(SYS_userfaultfd, 0), kDenied);
    EXPECT_EQ(answer(SYS_io_uring_setup, 0, 0L), kDenied);
    EXPECT_EQ(answer(SYS_io_uring_enter, -1, 0, 0, 0, 0L), kDenied);
    EXPECT_EQ(answer(SYS_io_uring_register, -1, 0, 0L, 0), kDenied);
    EXPECT_EQ(answer(SYS_ptrace, 0, 0, 0L, 0L), kDenied);
    EXPECT_EQ(answer(SYS_mount, 0L, 0L, 0L, 0L, 0L), kDenied);
    EXPECT_EQ(answer(SYS_umount2, 0L, 0), kDenied);
    EXPECT_EQ(answer(SYS_pivot_root, 0L, 0L), kDenied);
    EXPECT_EQ(answer(SYS_open_tree, -1, 0L, 0), kDenied);
    EXPECT_EQ(answer(SYS_move_mount, -1, 0L, -1, 0L, 0), kDenied);
    EXPECT_EQ(answer(SYS_fsopen, 0L, 0), kDenied);
    EXPECT_EQ(answer(SYS_fsconfig, -1, 0, 0L, 0L, 0), kDenied);
    EXPECT_EQ(answer(SYS_fsmount, -1, 0, 0), kDenied);
    EXPECT_EQ(answer(SYS_fspick, -1, 0L, 0), kDenied);
    EXPECT_EQ(answer(SYS_mount_setattr, -1, 0L, 0, 0L, 0), kDenied);
    EXPECT_EQ(answer(SYS_setns, -1, 0), kDenied);
    EXPECT_EQ(answer(SYS_unshare, 0), kDenied);
    EXPECT_EQ(answer(SYS_kexec_load, 0L, 0L, 0L, 0L), kDenied);
    EXPECT_EQ(answer(SYS_init_module, 0L, 0L, 0L), kDenied);
    EXPECT_EQ(answer(SYS_finit_module, -1, 0L, 0), kDenied);
    EXPECT_EQ(answer(SYS_reboot, 0, 0, 0, 0L), kDenied);
    EXPECT_EQ(answer(SYS_swapon, 0L, 0), kDenied);
    EXPECT_EQ(answer(SYS_acct, "/nonexistent"), kDenied);
    EXPECT_EQ(answer(SYS_quotactl, -1, 0L, 0, 0L), kDenied);
    EXPECT_EQ(answer(SYS_iopl, 4), kDenied);
    EXPECT_EQ(answer(SYS_ioperm, -1L, 0L, 0), kDenied);
    EXPECT_EQ(answer(SYS_clock_settime, 99, 0L), kDenied);
    EXPECT_EQ(answer(SYS_adjtimex, 0L), kDenied);
    EXPECT_EQ(answer(SYS_open_by_handle_at, -1, 0L, 0), kDenied);
    EXPECT_EQ(answer(SYS_name_to_handle_at, -1, 0L, 0L, 0L, 0), kDenied);
    EXPECT_EQ(answer(SYS_process_vm_readv, 0, 0L, 0L, 0L, 0L, 0L), kDenied);
    EXPECT_EQ(answer(SYS_pidfd_getfd, -1, 0, 0), kDenied);
    EXPECT_EQ(answer(SYS_kcmp, 0, 0, 99, 0L, 0L), kDenied);
    EXPECT_EQ(answer(SYS_chroot, "/nonexistent"), kDenied);
    EXPECT_EQ(answer(SYS_syslog, 99, 0L, 0), kDenied);
    EXPECT_EQ(answer(SYS_modify_ldt, 99, 0L, 0L), kDenied);
  });
}

TEST(HardenedProfile, KnowsFourSocketFamilies) {
  under(hardened_calls(), [] {
    for (long family = 0; family < 300; ++family) {
      const bool good = family == AF_UNIX || family == AF_INET ||
                        family == AF_INET6 || family == AF_NETLINK;
      for (const long high : {0L, 1L << 32, 1L << 63}) {
        // A type that no family has: reached is told apart from refused.
        const long got = answer(SYS_socket, family | high, 15, 0);
        if (good) {
          EXPECT_NE(got, kDenied) << family;
          EXPECT_NE(got, -ENOSYS) << family;
        } else {
          EXPECT_EQ(got, kDenied) << family;
        }
      }
    }
    EXPECT_EQ(answer(SYS_socket, 0x7fffffffL, 1, 0), kDenied);
    const long fd = answer(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
    EXPECT_GE(fd, 0);
    int pair[2];
    EXPECT_EQ(answer(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, pair), 0);
    EXPECT_EQ(answer(SYS_socketpair, AF_TIPC, SOCK_STREAM, 0, pair), kDenied);
  });
}

TEST(HardenedProfile, AllowsFivePersonalitiesOnly) {
  under(hardened_calls(), [] {
    for (const unsigned long good :
         {0xffffffffUL, 0x20000UL, 0x8UL, 0x20008UL, 0UL}) {
      EXPECT_GE(answer(SYS_personality, good), 0) << std::hex << good;
    }
    for (unsigned shift = 0; shift < 32; ++shift) {
      const unsigned long one = 1UL << shift;
      if (one != 0x8 && one != 0x20000) {
        EXPECT_EQ(answer(SYS_personality, one), kDenied);
        EXPECT_EQ(answer(SYS_personality, one | 1UL << 33), kDenied);
      }
      EXPECT_EQ(answer(SYS_personality, 0xffffffffUL & ~one), kDenied);
    }
  });
}

TEST(HardenedProfile, FollowsTheCapabilities) {
  const CapabilityMask admin = CapabilityMask{1} << CAP_SYS_ADMIN;
  under(hardened_profile(admin, kSentinel), [] {
    EXPECT_EQ(answer(SYS_mount, 0L, 0L, 0L, 0L, 0L), -EFAULT);
    EXPECT_EQ(answer(SYS_clone3, 0L, 0L), -EINVAL);
    EXPECT_EQ(answer(SYS_chroot, "/nonexistent"), kDenied);
    EXPECT_EQ(answer(SYS_keyctl, 0, -3, 0), kDenied);
  });
  const CapabilityMask raw = CapabilityMask{1} << CAP_NET_RAW;
  under(hardened_profile(raw, kSentinel), [] {
    EXPECT_NE(answer(SYS_socket, AF_PACKET, 15, 0), kDenied);
    EXPECT_EQ(answer(SYS_socket, AF_ALG, 15, 0), kDenied);
  });
}

TEST(HardenedProfile, RunsAStaticAndADynamicProgram) {
  under(hardened_calls(), [] {
    EXPECT_EQ(system("/usr/bin/busybox sh -c 'echo x | /usr/bin/busybox cat "
                     ">/dev/null'"),
              0);
    EXPECT_EQ(system("/bin/ls / >/dev/null"), 0);
  });
}

/// getpid as an i386 program calls it.
int getpid_by_int80() {
  int result = 20;
  asm volatile("int $0x80"
               : "+a"(result)
               :
               : "memory", "r8", "r9", "r10", "r11");
  return result;
}

TEST(HardenedProfile, KillsWhoeverEntersAsI386) {
  const auto enter = [] { _exit(getpid_by_int80() == getpid() ? 0 : 1); };
  if (status_of(enter) != 0) GTEST_SKIP() << "kernel without IA32 emulation";
  const int status = status_of([&] {
    confine(hardened_calls());
    enter();
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGSYS);
  EXPECT_EQ(status_of([&] {
              confine(docker_like());
              enter();
            }),
            0);
}

TEST(HardenedProfile, HasNoRuleThatSaysWhatTheDefaultSays) {
  for (const SeccompRule& rule : hardened_profile(0, ENOSYS).rules) {
    EXPECT_EQ(rule.action, SeccompAction::kAllow);
  }
}

TEST(OciProfile, DeniesByItsErrnoAndSendsClone3Away) {
  under(docker_like(), [] {
    EXPECT_EQ(answer(kUnknownCall), kDenied);
    EXPECT_EQ(answer(SYS_clone3, 0L, 0L), -ENOSYS);
    EXPECT_EQ(answer(SYS_mount, 0L, 0L, 0L, 0L, 0L), kDenied);
    EXPECT_EQ(answer(SYS_keyctl, 0, -3, 0), kDenied);
    EXPECT_EQ(answer(SYS_io_uring_setup, 0, 0L), kDenied);
    EXPECT_EQ(try_clone(CLONE_NEWUSER | SIGCHLD), kDenied);
    EXPECT_EQ(try_clone(SIGCHLD), 0);
    EXPECT_EQ(answer(SYS_socket, AF_VSOCK, 15, 0), kDenied);
    EXPECT_EQ(answer(SYS_socket, AF_ALG | 1L << 32, 15, 0), kDenied);
    EXPECT_NE(answer(SYS_socket, AF_PACKET, 15, 0), kDenied);
    EXPECT_EQ(answer(SYS_ioctl, -1, TIOCSTI, 0L), -EBADF);
    EXPECT_EQ(answer(SYS_personality, 0x40000UL), kDenied);
    EXPECT_NE(answer(SYS_modify_ldt, 99, 0L, 0L), kDenied);
  });
}

TEST(OciProfile, RunsPrograms) {
  under(docker_like(), [] { EXPECT_EQ(system("/bin/ls / >/dev/null"), 0); });
}

TEST(SyscallGroups, NameEveryCallOnceAndNoneTwice) {
  std::map<std::string, int> seen;
  const auto count = [&](std::span<const std::string_view> names) {
    for (const std::string_view name : names) ++seen[std::string(name)];
  };
  count(ordinary_calls());
  count(compat_calls());
  count(denied_calls());
  count(questionable_calls());
  count(argument_calls());
  for (const GatedCalls& group : gated_calls()) count(group.names);
  for (const auto& [name, times] : seen) EXPECT_EQ(times, 1) << name;

  // Numbers that the kernel reserves and never implemented, or gave up.
  for (const char* gone :
       {"afs_syscall", "create_module", "epoll_ctl_old", "epoll_wait_old",
        "get_kernel_syms", "getpmsg", "putpmsg", "query_module", "security",
        "tuxcall", "vserver"}) {
    seen[gone] = 1;
  }
  for (int number = 0; number < 600; ++number) {
    char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, number);
    if (name == nullptr) continue;
    EXPECT_EQ(seen.count(name), 1U) << name << " is in no group";
    free(name);
  }
}

}  // namespace
}  // namespace bulkhead
