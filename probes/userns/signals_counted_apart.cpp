// Limits of a user are counted for the user id that the host knows. In a user
// namespace (since 5.14) they are counted apart: what waits in the container
// must not use up what somebody of the same id outside, another container say,
// may have. Shown by the waiting signals, whose number can be read: nothing has
// to be exhausted.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>

#include <array>

#include "probes/support/bystander.h"
#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes {
namespace {

constexpr long kSignals = 32;
// Of no one's else: to find out how this kernel counts.
constexpr uid_t kNobodys = 54321;

// Queues signals to itself that wait; nothing if it may not.
bool queue_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  for (long i = 0; i < kSignals; ++i) {
    if (sigqueue(getpid(), SIGRTMIN, {}) != 0) return false;
  }
  return true;
}

// How many wait for `user` outside, as one of theirs is told; -1: unknown.
long waiting_for(uid_t user) {
  const Observation seen = in_child([=]() -> Observation {
    if (setresuid(user, user, user) != 0) return broken(errno_name(errno));
    for (const std::string& line :
         split(slurp("/proc/self/status").value_or(""), '\n')) {
      if (!line.starts_with("SigQ:")) continue;
      return works(line.substr(6, line.find('/') - 6));
    }
    return broken("no SigQ");
  });
  const auto count = number(seen.evidence);
  return seen.outcome == Outcome::kReached && count ? static_cast<long>(*count)
                                                    : -1;
}

bool counted_for(uid_t user, long before) {
  // What waited before for somebody else of the same id may have been taken.
  return waiting_for(user) - before >= kSignals / 2;
}

// In a new user namespace, as the user that is nobody's outside; ends when the
// other side of `go` is closed.
[[noreturn]] void wait_in_namespace(int ready, int go) {
  char byte = 'n';
  if (unshare(CLONE_NEWUSER) != 0 || write(ready, &byte, 1) != 1 ||
      read(go, &byte, 1) != 1 || setresuid(0, 0, 0) != 0 || !queue_signals() ||
      write(ready, &byte, 1) != 1) {
    _exit(1);
  }
  static_cast<void>(read(go, &byte, 1));
  _exit(0);
}

bool map_root_to(uid_t user, pid_t child) {
  const std::string path = "/proc/" + std::to_string(child) + "/uid_map";
  const std::string line = "0 " + std::to_string(user) + " 1";
  const int map = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  const bool mapped = map >= 0 && write(map, line.data(), line.size()) ==
                                      static_cast<ssize_t>(line.size());
  if (map >= 0) close(map);
  return mapped;
}

// "yes" if this kernel counts what waits in a user namespace apart, "no", or
// "unknown" where that cannot be tried.
std::string counts_apart() {
  std::array<int, 2> ready{};
  std::array<int, 2> go{};
  if (pipe2(ready.data(), O_CLOEXEC) != 0) return "unknown";
  if (pipe2(go.data(), O_CLOEXEC) != 0) return "unknown";
  const long before = waiting_for(kNobodys);
  const pid_t child = fork_bound();
  if (child == 0) {
    close(ready[0]);
    close(go[1]);
    wait_in_namespace(ready[1], go[0]);
  }
  close(ready[1]);
  close(go[0]);
  char byte = 0;
  const bool waits =
      before >= 0 && child > 0 && read(ready[0], &byte, 1) == 1 &&
      map_root_to(kNobodys, child) && write(go[1], &byte, 1) == 1 &&
      read(ready[0], &byte, 1) == 1;
  const bool together = waits && counted_for(kNobodys, before);
  close(go[1]);
  close(ready[0]);
  if (child > 0) wait_for(child);
  return !waits ? "unknown" : together ? "no" : "yes";
}

Observation attempt(Inside& inside) {
  if (inside.spec("uid_map").starts_with("0 0 ")) {
    return absent("the spec maps root to the caller");
  }
  if (inside.planted("apart") == "no") {
    return absent(
        "this kernel counts a user's waiting signals in all user "
        "namespaces together");
  }
  const auto before = number(ask_bystander(inside).value_or(""));
  if (!before) return broken("the bystander: " + errno_name(errno));
  return in_child([&]() -> Observation {
    if (!queue_signals()) return broken("sigqueue: " + errno_name(errno));
    const auto after = number(ask_bystander(inside).value_or(""));
    if (!after) return broken("the bystander: " + errno_name(errno));
    const std::string text = "outside " + std::to_string(*before) +
                             " waited before and " + std::to_string(*after) +
                             " after " + std::to_string(kSignals) + " here";
    return *after >= *before + kSignals ? reached(text) : refused(0, text);
  });
}

Observation witness(Inside&) {
  return in_child([]() -> Observation {
    return queue_signals() ? works(std::to_string(kSignals) + " signals wait")
                           : broken("sigqueue: " + errno_name(errno));
  });
}

bool plant(Outside& outside) {
  const std::string apart = counts_apart();
  outside.tell("apart", apart);
  // Where no other id can be mapped, the attempt says so.
  const bool only_own = outside.spec("uid_map").starts_with("0 0 ");
  if (apart == "unknown" && !only_own) return false;
  return start_bystander(outside, [](const ucred& caller, const std::string&) {
    return std::to_string(waiting_for(caller.uid));
  });
}

const Register kProbe{{
    .id = "userns/signals-counted-apart",
    .claim = "What it has waiting does not count for who has the same user id "
             "outside.",
    .watches = {"userns"},
    .references = {"user_namespaces(7)", "getrlimit(2) RLIMIT_SIGPENDING",
                   "OCI linux.uidMappings"},
    .remedy = "Give the container a user namespace of its own.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = stop_bystander,
}};

}  // namespace
}  // namespace bulkhead::probes
