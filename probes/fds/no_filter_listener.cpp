// The listener of a seccomp filter answers for other processes' system calls,
// and puts descriptors into them. It is only recognised, never answered on.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "probes/support/child.h"
#include "probes/support/inherited.h"
#include "probes/support/try.h"

namespace bulkhead::probes::fds_no_filter_listener {
namespace {

// Of a listener, and of nothing else, the errno is about the id.
bool is_listener(int fd) {
  std::uint64_t id = 0;
  return ioctl(fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0 || errno == ENOENT;
}

Observation attempt(Inside& inside) {
  for (const int fd : inherited(inside)) {
    if (is_listener(fd)) return reached("a filter's listener: " + describe(fd));
  }
  return refused(0, "no filter's listener was inherited");
}

// The filter must not be the harness's own: a child that shares its
// descriptors installs it, and ends.
int make_listener() {
  const pid_t child =
      static_cast<pid_t>(syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0));
  if (child < 0) return -1;
  if (child == 0) {
    sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const sock_fprog program{1, &allow};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                            SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    _exit(fd > 0 && fd < 250 ? static_cast<int>(fd) : 0);
  }
  const int status = wait_for(child);
  const int fd = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  return fd == 0 ? -1 : fd;
}

bool plant(Outside& outside) {
  const int listener = make_listener();
  if (listener < 0) return false;
  const bool kept = keep_open(outside, listener);
  close(listener);
  return kept;
}

const Register kProbe{{
    .id = "fds/no-filter-listener",
    .claim = "No listener of a seccomp filter arrives.",
    .watches = {"fds"},
    .references = {"seccomp_unotify(2)", "OCI linux.seccomp.listenerPath"},
    .remedy = "Close every descriptor above 2 before the workload starts.",
    .attempt = attempt,
    .witness = [](Inside&) { return standard_output_open(); },
    .plant = plant,
    .clean = close_planted,
}};

}  // namespace
}  // namespace bulkhead::probes::fds_no_filter_listener
