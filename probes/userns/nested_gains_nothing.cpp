// With every capability in namespaces of its own, a process must still not see
// what the container's masks cover: a fresh proc or sysfs, or a mask lifted.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <array>
#include <functional>

#include "probes/support/child.h"
#include "probes/support/filter.h"
#include "probes/support/mounts.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::userns_nested_gains_nothing {
namespace {

constexpr int kNew = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET;
constexpr unsigned long kQuiet = MS_NOSUID | MS_NODEV | MS_NOEXEC;

// In the new PID namespace: the mounts end with its mount namespace.
Observation try_all(Inside& inside, const std::string& point) {
  Tally tally;
  for (const char* type : {"proc", "sysfs"}) {
    tally.add(std::string("fresh ") + type,
              observe(call(SYS_mount, type, point.c_str(), type, kQuiet, 0L),
                      {}, "mount"));
  }
  for (const std::string& cover : own_covers(inside)) {
    tally.add(
        "umount " + cover,
        observe(call(SYS_umount2, cover.c_str(), MNT_DETACH), {}, "umount"));
  }
  return tally.result();
}

// in_child() for the first process of a PID namespace, whose parent has no
// number there.
Observation in_first_process(const std::function<Observation()>& body) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return broken("pipe2: " + errno_name(errno));
  }
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    send(ends[1], body());
    _exit(0);
  }
  const int error = errno;
  close(ends[1]);
  Observation seen = broken("no child: " + errno_name(error));
  if (child > 0 && !receive(ends[0], seen)) seen = broken("nothing was sent");
  close(ends[0]);
  if (child > 0) wait_for(child);
  return seen;
}

Observation enter_and_try(Inside& inside, const std::string& point) {
  const Called entered = call(SYS_unshare, kNew);
  if (!entered.ok()) return observe(entered, {}, "unshare");
  return in_first_process([&] { return try_all(inside, point); });
}

Observation attempt(Inside& inside) {
  const std::string point = scratch(inside) + "/nested-" + inside.nonce();
  if (mkdir(point.c_str(), 0755) != 0) {
    return broken("mkdir " + point + ": " + errno_name(errno));
  }
  Observation seen = in_child([&] { return enter_and_try(inside, point); });
  rmdir(point.c_str());
  return seen;
}

const Register kProbe{{
    .id = "userns/nested-gains-nothing",
    .claim = "Namespaces made inside do not uncover what is masked.",
    .watches = {"userns", "seccomp", "rootfs", "landlock"},
    .references = {"user_namespaces(7)", "mount_namespaces(7)", "CVE-2014-5207",
                   "CVE-2022-0492"},
    .remedy = "Deny nested user namespaces, or mask something of each proc "
              "and sysfs: the kernel then refuses fresh ones.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::userns_nested_gains_nothing
