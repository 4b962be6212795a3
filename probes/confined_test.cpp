// Probes in both lights, as far as an ordinary process can make the shade:
// reached without the boundary, refused behind it.
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>

#include "probes/support/child.h"
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

}  // namespace
}  // namespace bulkhead::probes
