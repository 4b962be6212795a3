#include "probes/support/sweep.h"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <set>

#include "probes/support/child.h"

namespace bulkhead::probes {
namespace {

constexpr int kSweepSentinel = ENOTSOCK;

// Answers native `number` with `action`, lets everything else through.
bool confine(unsigned number, unsigned action) {
  std::array<sock_filter, 4> code = {
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                           offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, action),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program{code.size(), code.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/// The answers to `numbers`, in a process confined like that.
std::string answers_behind(unsigned number, unsigned action,
                           const std::vector<long>& numbers) {
  const Observation seen = in_child([&] {
    if (!confine(number, action)) return broken("cannot confine");
    std::string words;
    for (const Sounding& one : sweep(Entry::kNative, numbers, kSweepSentinel)) {
      words += std::to_string(one.number) + " " +
               std::string(answer_word(classify(one, kSweepSentinel))) + "; ";
    }
    return reached(words);
  });
  return seen.evidence;
}

TEST(Sweep, TellsARefusalFromAReach) {
  EXPECT_EQ(answers_behind(SYS_keyctl, SECCOMP_RET_ERRNO | kSweepSentinel,
                           {SYS_getppid, SYS_keyctl, SYS_close}),
            "110 reached; 250 sentinel; 3 reached; ");
  EXPECT_EQ(answers_behind(SYS_keyctl, SECCOMP_RET_ERRNO | ENOSYS,
                           {SYS_keyctl, SYS_close}),
            "250 ENOSYS; 3 reached; ");
  EXPECT_EQ(answers_behind(SYS_keyctl, SECCOMP_RET_KILL_PROCESS,
                           {SYS_close, SYS_keyctl, SYS_close}),
            "3 reached; 250 killed; 3 reached; ");
  EXPECT_EQ(answers_behind(SYS_keyctl, SECCOMP_RET_TRAP, {SYS_keyctl}),
            "250 killed; ");
}

TEST(Sweep, SurvivesCallsThatEndOrForkTheProcess) {
  const std::vector<long> numbers = {SYS_exit, SYS_fork, SYS_exit_group,
                                     SYS_vfork, SYS_getpid};
  const auto met = in_child([&] {
    std::string words;
    for (const Sounding& one : sweep(Entry::kNative, numbers, 0)) {
      words += std::to_string(static_cast<int>(one.met)) + "," +
               std::to_string(one.value) + " ";
    }
    return reached(words);
  });
  const auto ended = std::to_string(static_cast<int>(Met::kEnded)) + ",0 ";
  const auto back = std::to_string(static_cast<int>(Met::kReturned)) + ",0 ";
  EXPECT_EQ(met.evidence, ended + back + ended + back + back);
}

TEST(Sweep, NeverTriesWhatDisturbsOthersOrNeverReturns) {
  const std::vector<long> numbers = {SYS_pause, SYS_vhangup, SYS_sync,
                                     SYS_rt_sigreturn};
  for (const Sounding& one : sweep(Entry::kNative, numbers, 0)) {
    EXPECT_EQ(one.met, Met::kNotTried) << one.number;
    EXPECT_NE(why_not_tried(Entry::kNative, one.number), nullptr);
  }
  EXPECT_NE(why_not_tried(Entry::kX32, SYS_sync), nullptr);
  EXPECT_NE(why_not_tried(Entry::kX32, 513), nullptr);
  EXPECT_NE(why_not_tried(Entry::kI386, 36), nullptr);
  EXPECT_EQ(why_not_tried(Entry::kNative, SYS_read), nullptr);
}

TEST(Sweep, HasNoMagicForReboot) {
  for (const auto& [entry, number] : {std::pair{Entry::kNative, 169L},
                                      {Entry::kX32, 169L},
                                      {Entry::kI386, 88L}}) {
    EXPECT_EQ(poison(entry, number), CallArguments{});
  }
  EXPECT_EQ(poison(Entry::kNative, SYS_kill)[1], 0U);
  EXPECT_EQ(poison(Entry::kNative, SYS_read)[0], ~0UL);
}

TEST(Sweep, EntersAsI386) {
  if (!entry_exists(Entry::kI386)) GTEST_SKIP() << "no i386 entry";
  constexpr std::array<long, 3> kNumbers = {20, 6, 2};  // getpid close fork
  const auto met = sweep(Entry::kI386, kNumbers, 0);
  ASSERT_EQ(met.size(), 3U);
  EXPECT_EQ(met[0].value, 0);
  EXPECT_EQ(met[1].value, EBADF);
  EXPECT_EQ(met[2].value, 0);
}

TEST(Sweep, ClassifiesEveryEnd) {
  const auto classified = [](Met met, int value) {
    return classify({7, met, value}, kSweepSentinel);
  };
  EXPECT_EQ(classified(Met::kReturned, 0), Answer::kReached);
  EXPECT_EQ(classified(Met::kReturned, EPERM), Answer::kReached);
  EXPECT_EQ(classified(Met::kReturned, kSweepSentinel), Answer::kSentinel);
  EXPECT_EQ(classified(Met::kReturned, ENOSYS), Answer::kEnosys);
  EXPECT_EQ(classified(Met::kKilled, SIGSYS), Answer::kKilled);
  EXPECT_EQ(classified(Met::kKilled, SIGSEGV), Answer::kReached);
  EXPECT_EQ(classified(Met::kEnded, 0), Answer::kReached);
  EXPECT_EQ(classified(Met::kNotTried, 0), Answer::kNotTried);
  EXPECT_EQ(classified(Met::kLost, 0), Answer::kUnknown);
  EXPECT_EQ(classify({7, Met::kReturned, 0}, 0), Answer::kReached);
}

}  // namespace
}  // namespace bulkhead::probes
