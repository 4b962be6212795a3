// Whoever dies between two calls of a start, supervisor or child: the other
// ends or says so, and what is left is on the record.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <fstream>

#include "runtime/parent/test_rootfs.h"
#include "runtime/state/collect.h"

namespace bulkhead {
namespace {

/// How soon is measured by integration/test_kills.py.
constexpr int kNeverMs = 5000;
constexpr int kStartFailed = 10;

/// Before one of its calls the child says so and waits until the supervisor is
/// dead or it is killed itself: the read ends when nobody else holds the pipe.
class StopAt {
 public:
  StopAt() {
    int ends[2];
    EXPECT_EQ(0, pipe2(ends, O_CLOEXEC));
    told_ = Fd(ends[0]);
    tell_ = Fd(ends[1]);
    EXPECT_EQ(0, pipe2(ends, O_CLOEXEC));
    wait_ = Fd(ends[0]);
    hold_ = Fd(ends[1]);
  }

  /// In the supervisor's process.
  void put_into(Plan& plan, std::size_t index) {
    const auto slot = [&](Fd fd) {
      plan.prepared.emplace_back(plan.slots_used, std::move(fd));
      return Argument{Argument::Kind::kSlot,
                      static_cast<std::uint64_t>(plan.slots_used++)};
    };
    const Argument tell = slot(std::move(tell_));
    const Argument wait = slot(std::move(wait_));
    const Argument hold = slot(std::move(hold_));
    // Behind all that read-backs put there.
    const Argument last = {Argument::Kind::kScratch, kScratchBytes - 1};
    const Argument one = {Argument::Kind::kValue, 1};
    Call call = plan.child[index];
    call.op = Op::kSyscall;
    call.result_slot = -1;
    std::vector<Call> calls;
    const auto add = [&](long number, std::vector<Argument> arguments) {
      call.number = number;
      std::ranges::copy(arguments, call.args);
      calls.push_back(call);
    };
    add(SYS_close, {hold});
    add(SYS_write, {tell, last, one});
    add(SYS_read, {wait, last, one});
    plan.child.insert(plan.child.begin() + static_cast<long>(index),
                      calls.begin(), calls.end());
  }

  /// In the test's process.
  void let_supervisor_hold() {
    tell_.reset();
    wait_.reset();
    hold_.reset();
  }
  /// False: the child went by without making that call.
  [[nodiscard]] bool reached() const {
    char byte = 0;
    return read(told_.get(), &byte, 1) == 1;
  }
  /// Whether neither side is there any more.
  [[nodiscard]] bool gone_within(int ms) const {
    pollfd one = {told_.get(), POLLIN, 0};
    return poll(&one, 1, ms) == 1 && !reached();
  }

 private:
  Fd told_;
  Fd tell_;
  Fd wait_;
  Fd hold_;
};

class StartDeath : public ContainerTest {
 protected:
  void SetUp() override {
    ContainerTest::SetUp();
    state_ = rootfs_.string() + ".state";
    setenv("BULKHEAD_STATE_DIR", state_.c_str(), 1);
  }
  void TearDown() override {
    unsetenv("BULKHEAD_STATE_DIR");
    std::filesystem::remove_all(state_);
    ContainerTest::TearDown();
  }

  [[nodiscard]] Plan plan() const {
    Spec spec = spec_for("exit 0");
    // A user has 200 of them, and RCU returns them when it likes.
    spec.session.new_keyring = false;
    Result<Plan> plan = make_plan(std::move(spec), host());
    EXPECT_TRUE(plan) << plan.error().message();
    return std::move(*plan);
  }

  /// The pid of a process that starts the container and stops at `index`.
  static pid_t supervise(StopAt& stop, Plan plan, std::size_t index) {
    const pid_t supervisor = fork();
    if (supervisor != 0) {
      stop.let_supervisor_hold();
      return supervisor;
    }
    stop.put_into(plan, index);
    Result<Container> container = start(plan);
    if (!container) exit(kStartFailed);
    exit(container->wait() ? 0 : kStartFailed + 1);
  }

  static pid_t child_of(pid_t supervisor) {
    const std::string pid = std::to_string(supervisor);
    std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
    pid_t child = -1;
    EXPECT_TRUE(children >> child);
    return child;
  }

  static int end_of(pid_t supervisor) {
    int status = 0;
    EXPECT_EQ(supervisor, waitpid(supervisor, &status, 0));
    return status;
  }

  /// What one gc leaves: nothing.
  void expect_nothing_left(const Plan& plan) const {
    const Result<Collection> seen = collect_all();
    ASSERT_TRUE(seen) << seen.error().message();
    EXPECT_TRUE(seen->complete());
    EXPECT_TRUE(std::filesystem::is_empty(state_));
    for (const CgroupDirectory& directory : plan.cgroup->directories) {
      EXPECT_NE(
          0,
          access((directory.mount_point + "/" + directory.path).c_str(), F_OK));
    }
  }

  std::string state_;
};

TEST_F(StartDeath, TheSupervisorMayBeKilledBeforeEveryCallOfTheChild) {
  const Plan like = plan();
  std::size_t reached = 0;
  for (std::size_t i = 0; i < like.child.size() && !HasFailure(); ++i) {
    SCOPED_TRACE(like.steps[like.child[i].step].name);
    StopAt stop;
    const pid_t supervisor = supervise(stop, plan(), i);
    if (stop.reached()) {
      ++reached;
      kill(supervisor, SIGKILL);
      EXPECT_TRUE(stop.gone_within(kNeverMs)) << "call " << i;
    }
    end_of(supervisor);
    expect_nothing_left(like);
  }
  // The rest is what this kernel makes needless, such as fallbacks.
  EXPECT_GT(reached, like.child.size() * 3 / 4);
}

TEST_F(StartDeath, TheChildMayBeKilledBeforeEachOfItsCalls) {
  const Plan like = plan();
  for (std::size_t i = 0; i < like.child.size() && !HasFailure(); ++i) {
    SCOPED_TRACE(like.steps[like.child[i].step].name);
    StopAt stop;
    const pid_t supervisor = supervise(stop, plan(), i);
    const bool reached = stop.reached();
    if (reached) kill(child_of(supervisor), SIGKILL);
    EXPECT_TRUE(stop.gone_within(kNeverMs)) << "call " << i;
    const int status = end_of(supervisor);
    ASSERT_TRUE(WIFEXITED(status)) << status;
    EXPECT_EQ(reached ? kStartFailed : 0, WEXITSTATUS(status)) << "call " << i;
    // It has cleaned up itself: there is nothing on any record.
    EXPECT_TRUE(std::filesystem::is_empty(state_)) << "call " << i;
    expect_nothing_left(like);
  }
}

}  // namespace
}  // namespace bulkhead
