// Limits of a user are counted for the user id that the host knows. In a user
// namespace (since 5.14) they are counted apart: what waits in the container
// must not use up what somebody of the same id outside, another container say,
// may have. Shown by the waiting signals, whose number can be read: nothing has
// to be exhausted.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/random.h>

#include <array>
#include <cstdlib>

#include "probes/support/bystander.h"
#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::userns_signals_counted_apart {
namespace {

// A few at a time, as others of the same id come and go meanwhile: what they do
// meets one round or two.
constexpr int kRounds = 8;
constexpr long kEach = 4;
constexpr long kSignals = kRounds * kEach;

// Queues signals to itself that wait; false if it may not.
bool queue_signals(long count) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  for (long i = 0; i < count; ++i) {
    if (sigqueue(getpid(), SIGRTMIN, {}) != 0) return false;
  }
  return true;
}

// A user id of no one's else, to find out how this kernel counts.
uid_t nobodys() {
  uid_t random = 0;
  if (getrandom(&random, sizeof random, 0) != sizeof random) std::abort();
  return (uid_t{1} << 30) + random % (uid_t{1} << 29);
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

// In a new user namespace, as the user that is nobody's outside; ends when the
// other side of `go` is closed.
[[noreturn]] void wait_in_namespace(int ready, int go) {
  char byte = 'n';
  if (unshare(CLONE_NEWUSER) != 0 || write(ready, &byte, 1) != 1 ||
      read(go, &byte, 1) != 1 || setresuid(0, 0, 0) != 0 ||
      !queue_signals(kSignals) || write(ready, &byte, 1) != 1) {
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
  const uid_t user = nobodys();
  const long before = waiting_for(user);
  const pid_t child = fork_bound();
  if (child == 0) {
    close(ready[0]);
    close(go[1]);
    wait_in_namespace(ready[1], go[0]);
  }
  close(ready[1]);
  close(go[0]);
  char byte = 0;
  const bool waits = before >= 0 && child > 0 &&
                     read(ready[0], &byte, 1) == 1 &&
                     map_root_to(user, child) && write(go[1], &byte, 1) == 1 &&
                     read(ready[0], &byte, 1) == 1;
  const bool together = waits && waiting_for(user) - before >= kSignals;
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
    auto last = *before;
    int grew = 0;
    for (int round = 0; round < kRounds; ++round) {
      if (!queue_signals(kEach)) {
        return broken("sigqueue: " + errno_name(errno));
      }
      const auto now = number(ask_bystander(inside).value_or(""));
      if (!now) return broken("the bystander: " + errno_name(errno));
      if (*now >= last + kEach) ++grew;
      last = *now;
    }
    const std::string text =
        "outside, more waited after " + std::to_string(grew) + " of " +
        std::to_string(kRounds) + " times that " + std::to_string(kEach) +
        " were queued here; " + std::to_string(*before) + " before, " +
        std::to_string(last) + " at the end";
    return grew > kRounds / 2 ? reached(text) : refused(0, text);
  });
}

Observation witness(Inside&) {
  return in_child([]() -> Observation {
    return queue_signals(kSignals)
               ? works(std::to_string(kSignals) + " signals wait")
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
}  // namespace bulkhead::probes::userns_signals_counted_apart
