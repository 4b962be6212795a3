// Probes in both lights, as far as an ordinary process can make the shade:
// reached without the boundary, refused behind it.
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>

#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/ordinary.h"
#include "probes/support/rlimit.h"
#include "probes/support/try.h"

namespace bulkhead::probes {
namespace {

constexpr int kSentinel = ENOTSOCK;

// The attempt of probe `id`, in a child that confined itself first.
Observation attempt_behind(const std::string& id, const Facts& facts,
                           const std::function<bool()>& confine = {}) {
  const auto at = std::ranges::find(catalogue(), id, &Probe::id);
  if (at == catalogue().end()) return broken("no probe " + id);
  return in_child([&] {
    if (confine && !confine()) return broken("cannot confine");
    Inside inside{facts, id};
    return at->attempt(inside);
  });
}

bool no_new_privs() { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0; }

// Answers `number` with the sentinel, lets everything else through.
template <unsigned number>
bool deny_call() {
  std::array<sock_filter, 4> code = {
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                           offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | kSentinel),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program{code.size(), code.data()};
  return no_new_privs() &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

void expect_both(const std::string& id, int error,
                 const std::function<bool()>& confine,
                 const Facts& facts = {}) {
  const Observation open = attempt_behind(id, facts);
  const Observation shut = attempt_behind(id, facts, confine);
  EXPECT_EQ(open.outcome, Outcome::kReached) << id << ": " << open.evidence;
  EXPECT_EQ(shut.outcome, Outcome::kRefused) << id << ": " << shut.evidence;
  EXPECT_EQ(shut.error, error) << id << ": " << shut.evidence;
}

TEST(Confined, NoNewPrivsIsSeen) {
  expect_both("no_new_privs/set", 0, no_new_privs);
}

TEST(Confined, AFilterIsSeen) {
  expect_both("seccomp/filter-active", 0, deny_call<SYS_acct>);
}

TEST(Confined, AFilteredCallIsRefusedWithItsSentinel) {
  expect_both("seccomp/clone3-enosys", kSentinel, deny_call<SYS_clone3>);
  expect_both("seccomp/perf-event", kSentinel, deny_call<SYS_perf_event_open>);
}

TEST(Confined, AHoleInTheFilterIsReached) {
  // keyctl denied, add_key and request_key forgotten.
  const Observation seen =
      attempt_behind("seccomp/keyrings", {}, deny_call<SYS_keyctl>);
  EXPECT_EQ(seen.outcome, Outcome::kReached) << seen.evidence;
}

TEST(Confined, ALimitIsSeenAndEnforced) {
  const Facts facts{{"rlimit.nofile", "64:64"}, {"rlimit.core", "0:0"}};
  const auto limit = [] {
    const rlimit few{64, 64};
    const rlimit none{0, 0};
    return setrlimit(RLIMIT_NOFILE, &few) == 0 &&
           setrlimit(RLIMIT_CORE, &none) == 0;
  };
  expect_both("rlimits/exact", 0, limit, facts);
  expect_both("rlimits/nofile-enforced", EMFILE, limit, facts);
}

TEST(Confined, LimitsAreEnforcedToTheNumber) {
  const Facts facts{{"nonce", "n"},
                    {"rlimit.fsize", "65536:65536"},
                    {"rlimit.sigpending", "64:64"},
                    {"rlimit.stack", "1048576:1048576"}};
  const struct {
    const char* id;
    __rlimit_resource resource;
    rlim_t value;
    int error;
  } cases[] = {{"rlimits/fsize", RLIMIT_FSIZE, 65536, EFBIG},
               {"rlimits/sigpending", RLIMIT_SIGPENDING, 64, EAGAIN},
               {"rlimits/stack", RLIMIT_STACK, 1 << 20, 0}};
  for (const auto& limited : cases) {
    const rlimit limit{limited.value, limited.value};
    expect_both(
        limited.id, limited.error,
        [&] { return setrlimit(limited.resource, &limit) == 0; }, facts);
  }
}

TEST(Confined, AListOfWhatIsDeniedLetsNewerCallsThrough) {
  const Observation seen =
      attempt_behind("seccomp/newer-numbers", {}, deny_call<440>);
  EXPECT_EQ(seen.outcome, Outcome::kReached) << seen.evidence;
}

TEST(Confined, CallsOfTheirOwnClaimAreRefusedWithTheirSentinel) {
  expect_both("seccomp/kcmp", kSentinel, deny_call<SYS_kcmp>);
  expect_both("seccomp/quota", kSentinel, deny_call<SYS_quotactl>);
  expect_both("seccomp/fanotify", kSentinel, deny_call<SYS_fanotify_mark>);
}

TEST(Confined, WhatACarelessCallerLeavesIsSeen) {
  const auto careless = [](bool yes) {
    return [yes] {
      umask(yes ? 0 : 022);
      signal(SIGUSR2, yes ? SIG_IGN : SIG_DFL);
      return personality(yes ? ADDR_NO_RANDOMIZE : 0) >= 0;
    };
  };
  const Facts facts{{"umask", "0022"}};
  for (const char* id : {"session/umask-exact", "session/signals-default",
                         "session/personality-default"}) {
    const Observation open = attempt_behind(id, facts, careless(true));
    const Observation shut = attempt_behind(id, facts, careless(false));
    EXPECT_EQ(open.outcome, Outcome::kReached) << id << ": " << open.evidence;
    EXPECT_EQ(shut.outcome, Outcome::kRefused) << id << ": " << shut.evidence;
  }
}

TEST(Confined, WhatEpollKeepsIsReadFromFdinfo) {
  // Kept or forgotten is the kernel's to say; that it is shown is ours.
  const Observation seen =
      attempt_behind("capabilities/block-suspend",
                     {{"capabilities/block-suspend.sleeps", "yes"}});
  EXPECT_NE(seen.outcome, Outcome::kBroken) << seen.evidence;
}

TEST(Confined, ALimitOrACapabilityThatTheHarnessLacksIsAbsent) {
  const Facts facts{{"p.held", "no"}, {"p.limit", "64"}};
  const Inside inside{facts, "p"};
  const rlimit asked{64, 64};
  EXPECT_EQ(unless_lacking(inside, refused(EPERM)).outcome, Outcome::kAbsent);
  EXPECT_EQ(unless_lacking(inside, reached("x")).outcome, Outcome::kReached);
  EXPECT_EQ(unless_callers(inside, asked, refused(EAGAIN)).outcome,
            Outcome::kAbsent);
  const rlimit lower{63, 63};
  EXPECT_EQ(unless_callers(inside, lower, refused(EAGAIN)).outcome,
            Outcome::kRefused);
}

TEST(Confined, APlantedLimitIsTakenBack) {
  const Observation seen = in_child([] {
    const rlimit few{16, 64};
    setrlimit(RLIMIT_SIGPENDING, &few);
    Facts facts;
    Outside outside{facts, "p", ""};
    rlimit have{};
    if (!plant_limit(outside, RLIMIT_SIGPENDING, 64)) return broken("plant");
    getrlimit(RLIMIT_SIGPENDING, &have);
    if (have.rlim_cur != 64 || outside.told("limit") != "64") {
      return broken("not raised: " + limit_text(have));
    }
    restore_limit(outside, RLIMIT_SIGPENDING);
    getrlimit(RLIMIT_SIGPENDING, &have);
    return have.rlim_cur == 16 ? works() : broken(limit_text(have));
  });
  EXPECT_EQ(seen.outcome, Outcome::kReached) << seen.evidence;
}

TEST(Ordinary, ProgramsDoWhatTheyAlwaysDo) {
  for (const auto& twin :
       {files_work, resolver_works, futexes_work, timers_work, memory_works}) {
    const Observation seen = in_child(twin);
    EXPECT_EQ(seen.outcome, Outcome::kReached) << seen.evidence;
  }
}

TEST(Ordinary, ARefusedTwinIsBroken) {
  const Observation seen = in_child(
      [] { return deny_call<SYS_timerfd_create>() ? timers_work() : works(); });
  EXPECT_EQ(seen.outcome, Outcome::kBroken) << seen.evidence;
}

}  // namespace
}  // namespace bulkhead::probes
