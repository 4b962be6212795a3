// The eight namespaces: flags for the clone, joins, and the proof by inode
// before the first mount or sethostname could hit the caller's (failing
// unshares that report success have done that to others).
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "runtime/base/file.h"
#include "runtime/plan/builder.h"

namespace bulkhead {
namespace {

struct Kind {
  NamespaceKind kind;
  Boundary boundary;
  const char* proc_name;
  const char* option;  ///< unshare(1)
  unsigned long flag;
  const char* flag_name;
  const char* reason;
};

constexpr std::array<Kind, kNamespaceKinds> kKinds = {{
    {NamespaceKind::kUser, Boundary::kUserns, "user", "--user", CLONE_NEWUSER,
     "CLONE_NEWUSER", "Its capabilities count inside only."},
    {NamespaceKind::kPid, Boundary::kPidns, "pid", "--pid --fork", CLONE_NEWPID,
     "CLONE_NEWPID", "It sees and signals no process but its own."},
    {NamespaceKind::kMount, Boundary::kMountns, "mnt", "--mount", CLONE_NEWNS,
     "CLONE_NEWNS", "Its mounts are its own."},
    {NamespaceKind::kNet, Boundary::kNetns, "net", "--net", CLONE_NEWNET,
     "CLONE_NEWNET",
     "It has no interface, port or abstract socket of the host."},
    {NamespaceKind::kIpc, Boundary::kIpcns, "ipc", "--ipc", CLONE_NEWIPC,
     "CLONE_NEWIPC", "It shares no SysV object or message queue."},
    {NamespaceKind::kUts, Boundary::kUtsns, "uts", "--uts", CLONE_NEWUTS,
     "CLONE_NEWUTS", "Its host name is its own."},
    {NamespaceKind::kCgroup, Boundary::kCgroupns, "cgroup", "--cgroup",
     CLONE_NEWCGROUP, "CLONE_NEWCGROUP",
     "It cannot see where in the host's tree it is."},
    {NamespaceKind::kTime, Boundary::kTimens, "time", "--time", kCloneNewtime,
     "CLONE_NEWTIME", "Its boot time and monotonic clock are its own."},
}};

std::string own_link(const std::string& name) {
  std::array<char, 64> target{};
  const std::string path = "/proc/self/ns/" + name;
  return readlink(path.c_str(), target.data(), target.size() - 1) > 0
             ? std::string(target.data())
             : std::string();
}

/// The text of the link of the namespace behind `path`.
Result<std::string> link_of(int fd, const std::string& path) {
  std::array<char, 64> target{};
  const std::string self = "/proc/self/fd/" + std::to_string(fd);
  if (readlink(self.c_str(), target.data(), target.size() - 1) <= 0) {
    return fail("readlink " + path, errno);
  }
  return std::string(target.data());
}

/// Opens a namespace to be joined and checks that it is one of this kind.
Status plan_join(Builder& builder, const Kind& kind) {
  const std::string& path = builder.spec.ns(kind.kind).path;
  Result<Fd> fd = open_at(AT_FDCWD, path, O_RDONLY);
  if (!fd) return within(name_of(kind.boundary), fd.error());
  const Result<std::string> link = link_of(fd->get(), path);
  if (!link) return within(name_of(kind.boundary), link.error());
  if (link->rfind(std::string(kind.proc_name) + ":[", 0) != 0) {
    return fail(
        std::string(name_of(kind.boundary)) + ": " + path + " is " + *link +
            ", not a namespace of this kind",
        0, "name a file such as /proc/PID/ns/" + std::string(kind.proc_name));
  }
  const int slot = builder.slot();
  builder.plan.prepared.emplace_back(slot, std::move(*fd));
  if (kind.kind == NamespaceKind::kPid) {
    // Joining a pid namespace takes effect for the next child only.
    builder.plan.join_pid_slot = slot;
    builder
        .step("pidns.join", kind.boundary, Side::kParent,
              "The next child is born in the joined pid namespace.")
        .dropped_by([](Plan& plan) { plan.join_pid_slot = -1; })
        .says("setns(" + path + ", CLONE_NEWPID) around clone3");
    return {};
  }
  builder
      .step(std::string(name_of(kind.boundary)) + ".join", kind.boundary,
            Side::kChild, "Joins the namespace that was asked for.",
            "joining takes CAP_SYS_ADMIN in the namespace's owner")
      .call(SYS_setns, "setns(" + path + ")",
            {slot_value(slot), value(static_cast<std::int64_t>(kind.flag))});
  builder.joined_links[kind.kind] = *link;
  return {};
}

/// One flag of the clone.
void plan_flag(Builder& builder, const Kind& kind) {
  builder.plan.clone_flags |= kind.flag;
  builder
      .step(std::string(name_of(kind.boundary)) + ".new", kind.boundary,
            Side::kParent, kind.reason)
      .says(std::string("clone3 with ") + kind.flag_name)
      .shell(kind.option)
      .dropped_by([&kind](Plan& plan) {
        plan.clone_flags &= ~kind.flag;
        if (kind.kind == NamespaceKind::kUser) plan.write_id_maps = false;
      });
}

}  // namespace

Status plan_namespaces(Builder& builder) {
  for (const Kind& kind : kKinds) {
    // After the cgroup was joined: plan_cgroupns.
    if (kind.kind == NamespaceKind::kCgroup) continue;
    switch (builder.spec.ns(kind.kind).mode) {
      case NamespaceMode::kHost:
        break;
      case NamespaceMode::kJoin:
        if (kind.kind == NamespaceKind::kTime) {
          builder.plan.share_memory = false;  // setns(2): EUSERS while shared
        }
        if (Status status = plan_join(builder, kind); !status) return status;
        break;
      case NamespaceMode::kNew:
        // By unshare: of time around the offsets, a network beside what the
        // supervisor does in the meantime.
        if (kind.kind != NamespaceKind::kTime &&
            kind.kind != NamespaceKind::kNet) {
          plan_flag(builder, kind);
        }
        break;
    }
  }
  builder
      .step("clone", Boundary::kPidns, Side::kParent,
            "One clone3 makes the process and its namespaces; it shares the "
            "caller's memory until exec, so that a large caller starts as fast "
            "as a small one.",
            "see user.max_*_namespaces, kernel.unprivileged_userns_clone and "
            "pids limits: bulkhead doctor")
      .says("clone3")
      .essential();
  return {};
}

void plan_new_network(Builder& builder) {
  if (!builder.is_new(NamespaceKind::kNet)) return;
  const auto kind = std::ranges::find(kKinds, NamespaceKind::kNet, &Kind::kind);
  builder
      .step("netns.new", kind->boundary, Side::kChild, kind->reason,
            "see user.max_net_namespaces: bulkhead doctor")
      .call(SYS_unshare, "unshare(CLONE_NEWNET)", {value(CLONE_NEWNET)})
      .shell(kind->option);
}

Status plan_cgroupns(Builder& builder) {
  const NamespaceMode mode = builder.spec.ns(NamespaceKind::kCgroup).mode;
  const auto kind =
      std::ranges::find(kKinds, NamespaceKind::kCgroup, &Kind::kind);
  // Its own cgroup, seen from a namespace that it joined, is "/../…".
  if (mode == NamespaceMode::kJoin) return plan_join(builder, *kind);
  if (mode == NamespaceMode::kHost) return {};
  builder
      .step("cgroupns.new", Boundary::kCgroupns, Side::kChild,
            "After the cgroup was joined, so that its root is the container's "
            "own cgroup.")
      .call(SYS_unshare, "unshare(CLONE_NEWCGROUP)", {value(CLONE_NEWCGROUP)})
      .shell(kind->option);
  return {};
}

void plan_namespace_verification(Builder& builder) {
  for (const Kind& kind : kKinds) {
    const NamespaceMode mode = builder.spec.ns(kind.kind).mode;
    const std::string own = own_link(kind.proc_name);
    if (own.empty()) continue;  // this kernel has no such namespace
    const bool at_exec =
        kind.kind == NamespaceKind::kTime && builder.plan.share_memory;
    const std::string file = std::string("self/ns/") +
                             (at_exec ? "time_for_children" : kind.proc_name);
    StepBuilder step =
        builder.step(std::string(name_of(kind.boundary)) + ".verify",
                     kind.boundary, Side::kChild, kind.reason);
    step.call(SYS_readlinkat, "readlink /proc/" + file,
              {slot_value(builder.proc_slot), builder.text(file), scratch(),
               value(64)});
    if (mode == NamespaceMode::kNew) {
      step.scratch_differs(own);
    } else if (mode == NamespaceMode::kHost) {
      step.scratch_equals(own);
    } else if (const auto joined = builder.joined_links.find(kind.kind);
               joined != builder.joined_links.end()) {
      step.scratch_equals(joined->second);
    }
  }
}

}  // namespace bulkhead
