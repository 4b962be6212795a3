#include "runtime/host/doctor.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>

#include "runtime/base/file.h"

namespace bulkhead {
namespace {

using State = Finding::State;

/// Runs `body` in a forked child; its result, 0 or an errno.
int tried_in_child(const std::function<int()>& body) {
  const pid_t pid = fork();
  if (pid < 0) return errno;
  if (pid == 0) _exit(body() & 0xff);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

std::string said(int error) {
  return error == 0 ? "works" : std::string(strerror(error));
}

struct NamespaceTry {
  const char* name;
  int flag;
  const char* sysctl;
};

constexpr NamespaceTry kNamespaces[] = {
    {"userns", CLONE_NEWUSER, "user"},       {"pidns", CLONE_NEWPID, "pid"},
    {"mountns", CLONE_NEWNS, "mnt"},         {"netns", CLONE_NEWNET, "net"},
    {"ipcns", CLONE_NEWIPC, "ipc"},          {"utsns", CLONE_NEWUTS, "uts"},
    {"cgroupns", CLONE_NEWCGROUP, "cgroup"}, {"timens", 0x80, "time"},
};

Finding try_namespace(const NamespaceTry& kind, bool privileged) {
  const int error = tried_in_child([&] {
    const bool inside_user = !privileged && kind.flag != CLONE_NEWUSER;
    const int flags = kind.flag | (inside_user ? CLONE_NEWUSER : 0);
    return unshare(flags) == 0 ? 0 : errno;
  });
  const std::string limit =
      std::string("user.max_") + kind.sysctl + "_namespaces";
  return {kind.name, error == 0 ? State::kYes : State::kNo,
          "unshare: " + said(error),
          "sysctl " + limit +
              " must not be 0; Debian's kernel.unprivileged_userns_clone and "
              "Ubuntu's kernel.apparmor_restrict_unprivileged_userns forbid it "
              "to users; in a container its own filter may",
          true};
}

std::string landlock_lacks(int abi) {
  std::string lacks;
  const auto add = [&](int since, const char* what) {
    if (abi < since)
      lacks += std::string(lacks.empty() ? "; lacks " : ", ") + what;
  };
  add(2, "files (ABI 2)");
  add(3, "truncate (3)");
  add(4, "TCP (4)");
  add(5, "ioctl (5)");
  add(6, "signals and abstract sockets (6)");
  return lacks;
}

std::string active(const Host& host) {
  return host.lsm.empty() ? "nobody says which are active"
                          : "active: " + host.lsm;
}

Finding try_seccomp() {
  const std::uint32_t action = SECCOMP_RET_ERRNO;
  const long result =
      syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
  return {"seccomp", result == 0 ? State::kYes : State::kNo,
          "SECCOMP_GET_ACTION_AVAIL: " + said(result == 0 ? 0 : errno),
          "a kernel with CONFIG_SECCOMP_FILTER", true};
}

/// Whether the call is there; whether the rootfs's file system takes part is
/// tried when it is mounted.
Finding try_idmap(const Host& host) {
  Finding finding{"rootfs idmapped mount", State::kNo, "", "", false};
  if (!host.privileged) {
    finding.state = State::kUnneeded;
    finding.detail = "only root mounts through id maps; the tree is the user's";
    return finding;
  }
  finding.state = host.mount_setattr ? State::kYes : State::kNo;
  finding.detail = std::string("mount_setattr: ") +
                   (host.mount_setattr ? "there" : "ENOSYS");
  finding.knob = "Linux 5.12 (tmpfs 6.3); or chown the tree to the mapped ids";
  return finding;
}

/// v2: a cgroup other than the true root that holds processes and has not yet
/// handed `controller` down cannot do so any more (EBUSY). A delegated one is
/// emptied by the start itself.
bool holds_processes(const std::string& cgroup, const std::string& controller) {
  if (geteuid() != 0) return false;
  if (access((cgroup + "/cgroup.type").c_str(), F_OK) != 0) return false;
  const auto procs = read_file(cgroup + "/cgroup.procs");
  const auto handed = read_file(cgroup + "/cgroup.subtree_control");
  return procs && !procs->empty() && handed &&
         handed->find(controller) == std::string::npos;
}

/// The cgroup limits: made by mkdir, so that is what is tried.
Finding try_cgroup(const Host& host) {
  const CgroupLayout& layout = host.cgroups;
  Finding finding{"cgroup", State::kNo, "", "", true};
  std::string where;
  for (const char* controller : {"memory", "pids", "cpu"}) {
    const auto v1 = layout.v1.find(controller);
    const std::string mount = layout.v2_has(controller) ? layout.v2_mount
                              : v1 != layout.v1.end()   ? v1->second
                                                        : std::string();
    if (mount.empty()) {
      finding.detail = std::string("no hierarchy carries ") + controller;
      finding.knob = "mount cgroup2, or boot with cgroup_enable=" +
                     std::string(controller);
      return finding;
    }
    std::string parent = mount;
    if (!host.privileged && mount == layout.v2_mount) {
      const std::string own = layout.delegated({"memory", "pids", "cpu"});
      if (!own.empty()) parent += "/" + own;
    }
    const std::string path =
        parent + "/bulkhead.doctor-" + std::to_string(getpid());
    if (holds_processes(parent, controller)) {
      finding.detail = parent +
                       " holds processes, so none may be limited "
                       "below it";
      finding.knob =
          "move its processes to a leaf cgroup first (cgroups(7), "
          "no internal processes)";
      return finding;
    }
    if (mkdir(path.c_str(), 0755) != 0) {
      finding.detail = "mkdir in " + parent + ": " + said(errno);
      finding.knob =
          "root, or a delegated cgroup: systemd-run --user --scope -p "
          "Delegate=yes";
      return finding;
    }
    rmdir(path.c_str());
    where += (where.empty() ? "" : ", ") + std::string(controller) +
             (layout.v2_has(controller) ? " (v2)" : " (v1)");
  }
  finding.state = State::kYes;
  finding.detail = "mkdir works: " + where;
  return finding;
}

/// Which CPUs a container can be held to; nothing in the preset asks for it.
Finding look_at_cpuset(const CgroupLayout& layout) {
  const auto v1 = layout.v1.find("cpuset");
  const bool v2 = layout.v2_has("cpuset");
  if (!v2 && v1 == layout.v1.end()) {
    return {"cgroup cpuset", State::kNo, "no hierarchy carries cpuset",
            "hand the controller down (cgroup.subtree_control), or mount its "
            "v1 hierarchy",
            false};
  }
  // The root of v2 itself has only this file.
  const std::string file = v2 ? layout.v2_mount + "/cpuset.cpus.effective"
                              : v1->second + "/cpuset.cpus";
  const Result<std::string> cpus = read_file(file);
  const std::string where = v2 ? " (v2)" : " (v1)";
  if (!cpus) {
    return {"cgroup cpuset", State::kNo, cpus.error().message(),
            "mount the hierarchy where it can be read", false};
  }
  return {"cgroup cpuset", State::kYes, "CPUs " + trimmed(*cpus) + where, "",
          false};
}

Finding try_id_maps(const Host& host) {
  Finding finding{"userns id ranges", State::kNo, "", "", false};
  if (host.may_map_ranges) {
    finding.state = State::kYes;
    finding.detail = "CAP_SETUID and CAP_SETGID: any range";
    return finding;
  }
  const Result<std::string> subuid = read_file("/etc/subuid", 16 << 20);
  const auto range = subuid
                         ? subordinate_range(*subuid, host.user_name, host.uid)
                         : std::nullopt;
  const bool helper = access("/usr/bin/newuidmap", X_OK) == 0;
  if (range && helper) {
    finding.state = State::kYes;
    finding.detail = "newuidmap, from " + std::to_string(range->first) + " " +
                     std::to_string(range->count) + " ids";
    return finding;
  }
  finding.detail = helper ? "this user has no line in /etc/subuid"
                          : "newuidmap is not installed";
  finding.knob = helper ? "usermod --add-subuids 100000-165535 "
                          "--add-subgids 100000-165535 USER"
                        : "apt-get install uidmap";
  return finding;
}

Finding fact(const char* name, bool there, std::string detail, const char* knob,
             bool needed) {
  return {name, there ? State::kYes : State::kNo, std::move(detail), knob,
          needed};
}

/// A controller that nothing in the preset asks for.
Finding look_at_controller(const CgroupLayout& layout, const char* name,
                           const std::string& in_v2, const std::string& in_v1) {
  const bool v2 = layout.v2_has(in_v2);
  const bool v1 = layout.v1.contains(in_v1);
  return fact(name, v1 || v2,
              v2   ? in_v2 + " (v2)"
              : v1 ? in_v1 + " (v1)"
                   : "no hierarchy carries " + in_v2,
              "hand the controller down (cgroup.subtree_control), or mount its "
              "v1 hierarchy",
              false);
}

}  // namespace

std::vector<Finding> examine(const Host& host) {
  std::vector<Finding> findings;
  for (const NamespaceTry& kind : kNamespaces) {
    findings.push_back(try_namespace(kind, host.privileged));
  }
  findings.push_back(try_id_maps(host));
  findings.push_back(try_idmap(host));
  findings.push_back(try_cgroup(host));
  findings.push_back(look_at_cpuset(host.cgroups));
  findings.push_back(
      look_at_controller(host.cgroups, "cgroup io", "io", "blkio"));
  findings.push_back(
      look_at_controller(host.cgroups, "cgroup hugetlb", "hugetlb", "hugetlb"));
  findings.push_back(try_seccomp());
  const bool at_exec =
      host.time_namespaces && TimeNamespaceTry(!host.privileged).entered();
  findings.push_back(fact("timens entered at exec", at_exec,
                          at_exec ? "a child that shares memory enters it"
                                  : "such a child stays outside: it gets "
                                    "memory of its own, a slower start",
                          "Linux 6.3", false));
  findings.push_back(
      fact("close_range CLOEXEC", host.close_range_cloexec,
           host.close_range_cloexec ? "works" : "walks /proc/self/fd",
           "Linux 5.11", false));
  findings.push_back(fact(
      "landlock", host.landlock_abi > 0,
      host.landlock_abi > 0 ? "ABI " + std::to_string(host.landlock_abi) +
                                  landlock_lacks(host.landlock_abi)
                            : "landlock_create_ruleset: ENOSYS or disabled",
      "CONFIG_SECURITY_LANDLOCK and lsm=…,landlock", false));
  findings.push_back(fact("apparmor", host.apparmor, active(host),
                          "boot with lsm=…,apparmor", false));
  findings.push_back(fact("selinux", host.selinux, active(host),
                          "boot with security=selinux selinux=1", false));
  return findings;
}

}  // namespace bulkhead
