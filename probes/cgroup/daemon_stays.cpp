// A process that leaves its parent and its session stays in its cgroup. Where
// it is, somebody outside says who is connected to.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "probes/support/bystander.h"
#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::cgroup_daemon_stays {
namespace {

// The lines of /proc/PID/cgroup.
std::vector<std::string> cgroups_of(pid_t pid) {
  return split(slurp("/proc/" + std::to_string(pid) + "/cgroup").value_or(""),
               '\n');
}

// The hierarchies that can limit: those of v1, or v2 where they are not there.
std::vector<std::string> limiting(const std::vector<std::string>& lines) {
  std::vector<std::string> v1;
  std::vector<std::string> v2;
  for (const std::string& line : lines) {
    if (line.starts_with("0::")) v2.push_back(line);
    for (const char* controller : {":pids:", ":memory:"}) {
      if (line.find(controller) != std::string::npos) v1.push_back(line);
    }
  }
  return v1.empty() ? v2 : v1;
}

// How many hierarchies limit, and those in which `pid` is where this process
// is, the harness's own: the container's are others.
std::string shared_with(pid_t pid) {
  const auto own = limiting(cgroups_of(getpid()));
  const auto its = limiting(cgroups_of(pid));
  std::string text = std::to_string(own.size());
  for (const std::string& line : its) {
    if (std::ranges::find(own, line) != own.end()) text += " " + line;
  }
  return text;
}

// As a daemon: the child of a session leader that has ended.
Observation as_daemon(const std::function<Observation()>& body) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return broken("pipe: " + errno_name(errno));
  const pid_t leader = fork();
  if (leader < 0) return broken("fork: " + errno_name(errno));
  if (leader == 0) {
    setsid();
    if (fork() == 0) send(ends[1], body());
    _exit(0);
  }
  close(ends[1]);
  wait_for(leader);
  Observation seen = broken("the daemon sent nothing");
  static_cast<void>(receive(ends[0], seen));
  close(ends[0]);
  return seen;
}

Observation look(const Inside& inside) {
  const auto answer = ask_bystander(inside);
  if (!answer) return broken("the bystander: " + errno_name(errno));
  const std::size_t space = answer->find(' ');
  const auto all = number(answer->substr(0, space));
  if (!all) return broken("not understood: " + *answer);
  if (*all == 0) return absent("no cgroup that limits, outside");
  return space == std::string::npos
             ? refused(0, "in cgroups of the container's")
             : reached("in the harness's own cgroup:" + answer->substr(space));
}

const Register kProbe{{
    .id = "cgroup/daemon-stays",
    .claim = "A process that becomes a daemon does not leave the container's "
             "cgroup.",
    // On v2 the program that guards devices has a cgroup made as well.
    .watches = {"cgroup", "devices"},
    .references = {"cgroups(7)", "CVE-2021-4197", "daemon(7)"},
    .remedy = "Start the first process in its cgroup, and leave no file of "
              "other cgroups writable.",
    .attempt =
        [](Inside& inside) { return as_daemon([&] { return look(inside); }); },
    .witness =
        [](Inside&) {
          return as_daemon([] { return works("a daemon runs"); });
        },
    .plant =
        [](Outside& outside) {
          return start_bystander(outside,
                                 [](const ucred& caller, const std::string&) {
                                   return shared_with(caller.pid);
                                 });
        },
    .clean = stop_bystander,
}};

}  // namespace
}  // namespace bulkhead::probes::cgroup_daemon_stays
