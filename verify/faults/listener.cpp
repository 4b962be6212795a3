#include "verify/faults/listener.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV  // Linux 5.19
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#ifndef SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP  // Linux 6.6
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif

namespace bulkhead::verify::faults {
namespace {

sock_filter load_word(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

sock_filter answer(std::uint32_t action) {
  return BPF_STMT(BPF_RET | BPF_K, action);
}

long load(unsigned flags, const sock_fprog& program) {
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

}  // namespace

std::vector<sock_filter> asking_filter(const std::vector<int>& numbers) {
  std::vector<sock_filter> filter = {
      load_word(offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
      answer(SECCOMP_RET_ALLOW), load_word(offsetof(seccomp_data, nr))};
  for (const int number : numbers) {
    const bool has_quiet = number == SYS_fcntl;
    const auto wanted = static_cast<std::uint32_t>(number);
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, wanted, 0,
                              static_cast<std::uint8_t>(has_quiet ? 4 : 1)));
    if (has_quiet) {
      filter.push_back(load_word(offsetof(seccomp_data, args[1])));
      filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_GETFD, 0, 1));
      filter.push_back(answer(SECCOMP_RET_ALLOW));
    }
    filter.push_back(answer(SECCOMP_RET_USER_NOTIF));
  }
  filter.push_back(answer(SECCOMP_RET_ALLOW));
  return filter;
}

bool load_asking_filter(const std::vector<sock_filter>& filter, int channel) {
  const sock_fprog program{static_cast<unsigned short>(filter.size()),
                           const_cast<sock_filter*>(filter.data())};
  // Once received, a signal does not make the call start anew and be counted
  // twice: Go sends itself signals all the time.
  long fd = load(
      SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
      program);
  if (fd < 0 && errno == EINVAL) {
    fd = load(SECCOMP_FILTER_FLAG_NEW_LISTENER, program);
  }
  if (fd < 0) return false;
  // No filter asks about writev.
  int number = static_cast<int>(fd);
  const iovec part{&number, sizeof number};
  return writev(channel, &part, 1) == static_cast<ssize_t>(sizeof number);
}

Result<Fd> take_listener(int pidfd, int channel) {
  int number = -1;
  ssize_t got = 0;
  while ((got = read(channel, &number, sizeof number)) < 0 && errno == EINTR) {
  }
  if (got != static_cast<ssize_t>(sizeof number)) {
    return fail("faults: no seccomp listener", 0,
                "it takes CAP_SYS_ADMIN in the box, and a kernel with "
                "CONFIG_SECCOMP_FILTER; no other filter around may have one");
  }
  Fd listener(static_cast<int>(syscall(SYS_pidfd_getfd, pidfd, number, 0)));
  if (!listener) return fail("faults: pidfd_getfd of the listener", errno);
  // Fewer hops between CPUs; older kernels go without.
  (void)ioctl(listener.get(), SECCOMP_IOCTL_NOTIF_SET_FLAGS,
              SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
  return listener;
}

}  // namespace bulkhead::verify::faults
