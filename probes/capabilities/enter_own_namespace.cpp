// The namespaces that everybody has at hand: one's own. To enter them again
// changes little, and takes the right to enter any. In a child: entering the
// mount namespace moves its root and its working directory.
#include <fcntl.h>
#include <sched.h>

#include <array>

#include "probes/support/child.h"
#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_enter_own_namespace {
namespace {

Observation enter(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return errno == ENOENT ? absent("no " + path)
                           : broken(path + ": " + errno_name(errno));
  }
  Observation seen = observe(call(SYS_setns, fd, 0), {}, "setns");
  close(fd);
  return seen;
}

Observation attempt(Inside&) {
  // Not the user namespace, which nobody may enter again (EINVAL), and of the
  // pid and time namespace only what children get.
  constexpr std::array kKinds = {"mnt",
                                 "net",
                                 "ipc",
                                 "uts",
                                 "cgroup",
                                 "pid_for_children",
                                 "time_for_children"};
  Tally tally;
  for (const char* kind : kKinds) {
    const std::string path = std::string("/proc/self/ns/") + kind;
    tally.add(kind, in_child([&] { return enter(path); }));
  }
  return tally.result();
}

const Register kProbe{{
    .id = "capabilities/enter-own-namespace",
    .claim = "No namespace that is at hand can be entered.",
    .watches = {"capabilities", "seccomp"},
    .references = {"setns(2)", "capabilities(7) CAP_SYS_ADMIN"},
    .remedy = "Drop CAP_SYS_ADMIN, and deny setns.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_enter_own_namespace
