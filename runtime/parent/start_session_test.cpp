// What survives an exec is read back: a kernel, or a filter around the caller,
// that only says so refuses the start.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <csignal>
#include <functional>

#include "runtime/parent/said_by_child.h"
#include "runtime/parent/test_rootfs.h"

namespace bulkhead {
namespace {

using ::testing::HasSubstr;

class StartSession : public ContainerTest {
 protected:
  /// What a start says in which the calls `number` of `step` that set
  /// something answer 0 and do nothing; `careless` makes the caller have
  /// something to hand on, in a process of its own.
  std::string start_lied_to(const std::string& step, std::int64_t number,
                            const std::function<void()>& careless) {
    return said_by_child([&] {
      careless();
      return said_without(step, number);
    });
  }

 private:
  std::string said_without(const std::string& step, std::int64_t number) {
    Result<Plan> plan = make_plan(spec_for("exit 0"), host());
    if (!plan) return plan.error().message();
    std::string error;
    if (run(*plan, &error) != 0) return "not even unharmed: " + error;
    const auto erased = std::erase_if(plan->child, [&](const Call& call) {
      return call.op == Op::kSyscall && call.number == number &&
             plan->steps[call.step].name == step && !reads(call);
    });
    if (erased == 0) return "the plan has no such call";
    const int code = run(*plan, &error);
    return code == -1 ? error : "started: " + std::to_string(code);
  }

  /// rt_sigprocmask(2) with nothing to set.
  static bool reads(const Call& call) {
    return call.number == SYS_rt_sigprocmask && call.args[1].value == 0;
  }
};

TEST_F(StartSession, ACallersPersonalityIsNotHandedOnByALie) {
  EXPECT_THAT(start_lied_to("session.personality", SYS_personality,
                            [] { personality(ADDR_NO_RANDOMIZE); }),
              HasSubstr("session.personality: read-back: "
                        "personality(0xffffffff)"));
}

TEST_F(StartSession, ACallersPriorityIsNotHandedOnByALie) {
  EXPECT_THAT(start_lied_to("session.priority", SYS_setpriority,
                            [] { setpriority(PRIO_PROCESS, 0, -1); }),
              HasSubstr("session.priority: read-back: getpriority()"));
}

TEST_F(StartSession, AnIgnoredSignalIsNotHandedOnByALie) {
  EXPECT_THAT(start_lied_to("session.signal_actions", SYS_rt_sigaction,
                            [] { signal(SIGUSR2, SIG_IGN); }),
              HasSubstr("session.signal_actions: read-back: must hold the "
                        "line \"SigIgn:\t0000000000000000\""));
}

TEST_F(StartSession, ABlockedSignalIsNotHandedOnByALie) {
  EXPECT_THAT(start_lied_to("session.signals", SYS_rt_sigprocmask,
                            [] {
                              sigset_t blocked;
                              sigemptyset(&blocked);
                              sigaddset(&blocked, SIGUSR2);
                              sigprocmask(SIG_BLOCK, &blocked, nullptr);
                            }),
              HasSubstr("session.signals: read-back: "));
}

/// Without no_new_privs it is loaded while there are capabilities, and what
/// follows is made under it.
TEST_F(StartSession, AFilterThatDeniesALaterStepIsNamed) {
  Spec spec = spec_for("exit 0");
  spec.seccomp = Seccomp{.default_action = SeccompAction::kAllow};
  spec.seccomp->rules.push_back(
      {.names = {"getresgid"}, .action = SeccompAction::kErrno});
  for (const bool last : {false, true}) {
    spec.process.no_new_privs = last;
    Result<Plan> plan = make_plan(spec, host());
    ASSERT_TRUE(plan) << plan.error().message();
    std::string error;
    EXPECT_EQ(last ? 0 : -1, run(*plan, &error)) << error;
    EXPECT_EQ(!last, error.find("the filter denies it") != std::string::npos)
        << error;
  }
}

}  // namespace
}  // namespace bulkhead
