// While a container starts, its child has the supervisor's memory, descriptors
// and executable. A neighbour in the same pid namespace looks before every call
// of the child, and may open none of it (CVE-2016-9962).
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <optional>

#include "runtime/parent/pending_start.h"
#include "runtime/parent/test_rootfs.h"
#include "runtime/spec/without.h"

namespace bulkhead {
namespace {

using ::testing::HasSubstr;

constexpr char kStarted = 's';

/// Reads a pid, writes what it can open of it. Every open(2) of these asks what
/// ptrace(2) asks: mem for the right to attach, the others for that to read.
constexpr const char* kLook = R"(
while read -r p; do
  seen=
  for file in exe mem maps environ ns/mnt auxv; do
    true </proc/$p/$file && seen="$seen $file"
  done 2>/dev/null
  for place in cwd root; do
    [ -e /proc/$p/$place ] && seen="$seen $place"
  done
  for fd in /proc/$p/fd/*; do
    [ -e $fd ] && seen="$seen fd" && break
  done
  [ -d /proc/$p ] || seen="$seen absent"
  echo "$seen"
done)";
constexpr const char* kAll = " exe mem maps environ ns/mnt auxv cwd root fd";
/// The mode of the others is for their owner, an id of the user namespace.
constexpr const char* kAllOfAnother = " exe maps ns/mnt cwd root";

struct Pipe {
  Fd out;
  Fd in;
};

Pipe make_pipe() {
  int ends[2];
  EXPECT_EQ(0, pipe2(ends, O_CLOEXEC));
  return {Fd(ends[0]), Fd(ends[1])};
}

/// A container whose workload looks at processes.
class Neighbour {
 public:
  explicit Neighbour(Spec spec, const Host& host)
      : in_host_pidns_(spec.ns(NamespaceKind::kPid).mode ==
                       NamespaceMode::kHost) {
    spec.process.argv = {"/bin/sh", "-c", kLook};
    Result<Plan> plan = make_plan(std::move(spec), host);
    EXPECT_TRUE(plan) << plan.error().message();
    plan_.emplace(std::move(*plan));
    Pipe asks = make_pipe();
    Pipe answers = make_pipe();
    StartRequest request;
    request.streams = {asks.out.get(), answers.in.get(), -1};
    BeginOptions options;
    options.request = &request;
    Result<PendingStart> pending = PendingStart::begin(*plan_, options);
    EXPECT_TRUE(pending) << pending.error().message();
    Result<Container> container = pending->finish();
    EXPECT_TRUE(container) << container.error().message();
    container_.emplace(std::move(*container));
    ask_ = std::move(asks.in);
    answer_ = std::move(answers.out);
  }

  [[nodiscard]] std::string look_at(pid_t pid) const {
    const std::string line = seen_as(pid) + "\n";
    EXPECT_EQ(static_cast<ssize_t>(line.size()),
              write(ask_.get(), line.data(), line.size()));
    std::string answer;
    char byte = 0;
    while (read(answer_.get(), &byte, 1) == 1 && byte != '\n') answer += byte;
    EXPECT_EQ('\n', byte) << "it looks no more";
    return answer;
  }

  [[nodiscard]] std::string namespace_file(const char* name) const {
    return "/proc/" + std::to_string(container_->pid()) + "/ns/" + name;
  }

 private:
  /// The number that `pid` has in its namespace.
  [[nodiscard]] std::string seen_as(pid_t pid) const {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    std::string line;
    while (std::getline(status, line) && !line.starts_with("NSpid:")) {
    }
    return in_host_pidns_ ? std::to_string(pid)
                          : line.substr(line.rfind('\t') + 1);
  }

  bool in_host_pidns_;
  std::optional<Plan> plan_;
  std::optional<Container> container_;
  Fd ask_;
  Fd answer_;
};

/// A process that starts a container, whose child says so before each of its
/// calls and waits.
class SteppedStart {
 public:
  explicit SteppedStart(Plan plan) {
    Pipe told = make_pipe();
    Pipe wait = make_pipe();
    supervisor_ = fork();
    if (supervisor_ == 0) {
      wait.in.reset();
      supervise(std::move(plan), told.in, wait.out);
    }
    told_ = std::move(told.out);
    go_ = std::move(wait.in);
  }
  SteppedStart(const SteppedStart&) = delete;
  SteppedStart& operator=(const SteppedStart&) = delete;
  ~SteppedStart() {
    go_.reset();
    int status = -1;
    EXPECT_EQ(supervisor_, waitpid(supervisor_, &status, 0));
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }

  /// Waits until the child is before its next call; false: it is the workload.
  [[nodiscard]] bool stopped() const {
    char byte = 0;
    EXPECT_EQ(1, read(told_.get(), &byte, 1));
    return byte != kStarted && !testing::Test::HasFailure();
  }
  void go_on() const { EXPECT_EQ(1, write(go_.get(), "g", 1)); }

  [[nodiscard]] pid_t child() const {
    const std::string pid = std::to_string(supervisor_);
    std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
    pid_t child = -1;
    EXPECT_TRUE(children >> child);
    return child;
  }

 private:
  [[noreturn]] static void supervise(Plan plan, const Fd& tell,
                                     const Fd& wait) {
    put_stops_into(plan, tell, wait);
    const Result<Container> container = start(plan);
    if (!container) {
      fprintf(stderr, "%s\n", container.error().message().c_str());
      _exit(1);
    }
    char byte = kStarted;
    if (write(tell.get(), &byte, 1) != 1) _exit(2);
    // Until the test is done with it.
    _exit(read(wait.get(), &byte, 1) == 0 ? 0 : 3);
  }

  static void put_stops_into(Plan& plan, const Fd& tell, const Fd& wait) {
    const auto slot = [&](const Fd& fd) {
      plan.prepared.emplace_back(plan.slots_used,
                                 Fd(fcntl(fd.get(), F_DUPFD_CLOEXEC, 3)));
      return Argument{Argument::Kind::kSlot,
                      static_cast<std::uint64_t>(plan.slots_used++)};
    };
    const Argument tell_slot = slot(tell);
    const Argument wait_slot = slot(wait);
    // Behind all that read-backs put there.
    const Argument last = {Argument::Kind::kScratch, kScratchBytes - 1};
    const Argument one = {Argument::Kind::kValue, 1};
    std::vector<Call> calls;
    for (const Call& call : plan.child) {
      Call stop;
      stop.step = call.step;
      stop.number = SYS_write;
      std::ranges::copy(std::array{tell_slot, last, one}, stop.args);
      calls.push_back(stop);
      stop.number = SYS_read;
      stop.args[0] = wait_slot;
      calls.push_back(stop);
      calls.push_back(call);
    }
    plan.child = std::move(calls);
  }

  pid_t supervisor_ = -1;
  Fd told_;
  Fd go_;
};

/// How the two containers stand to each other.
struct Shape {
  const char* name;
  bool joins;  ///< The pid namespace; else the neighbour has the host's.
  bool user_namespace;  ///< The container's own; the neighbour has none.
};

std::string shape_name(const testing::TestParamInfo<Shape>& info) {
  return info.param.name;
}

class StartSkin : public ContainerTest,
                  public ::testing::WithParamInterface<Shape> {
 protected:
  /// Root without capabilities, as weak as a container with one boundary less
  /// may be.
  [[nodiscard]] Neighbour neighbour(CapabilityMask capabilities = {}) const {
    Spec spec = spec_for("");
    spec.process.capabilities = Capabilities{.bounding = capabilities};
    share_namespace(spec, NamespaceKind::kUser, {});
    if (!GetParam().joins) share_namespace(spec, NamespaceKind::kPid, {});
    spec.unsafe = true;
    remove_boundary(spec, Boundary::kLandlock);
    spec.cgroups_path += "-neighbour";
    return Neighbour(std::move(spec), host());
  }

  [[nodiscard]] Plan plan_beside(
      const Neighbour& neighbour,
      const std::string& script = "exec busybox sleep 100") const {
    Spec spec = spec_for(script);
    if (!GetParam().user_namespace) {
      share_namespace(spec, NamespaceKind::kUser, {});
    }
    if (GetParam().joins) {
      // One of a namespace that is another's may not be mounted.
      if (GetParam().user_namespace) {
        std::erase_if(spec.mounts, [](const Mount& mount) {
          return mount.kind == MountKind::kProc;
        });
      }
      spec.ns(NamespaceKind::kPid) = {NamespaceMode::kJoin,
                                      neighbour.namespace_file("pid")};
    }
    Result<Plan> plan = make_plan(std::move(spec), host());
    EXPECT_TRUE(plan) << plan.error().message();
    return std::move(*plan);
  }

  [[nodiscard]] static const char* all() {
    return GetParam().user_namespace ? kAllOfAnother : kAll;
  }

  /// What `neighbour` opens before the calls of `plan`, and after all of them.
  struct Seen {
    int looks = 0;
    std::string before_exec;
    std::string workload;
  };
  [[nodiscard]] static Seen look_all_along(const Neighbour& neighbour,
                                           Plan plan) {
    const std::vector<Step> steps = plan.steps;
    const std::vector<Call> calls = plan.child;
    const SteppedStart start(std::move(plan));
    Seen seen;
    for (; start.stopped(); ++seen.looks, start.go_on()) {
      const std::string opened = neighbour.look_at(start.child());
      if (!opened.empty() && seen.before_exec.size() < 2000) {
        seen.before_exec += std::to_string(seen.looks) + ":" + opened + "\n";
      }
    }
    seen.workload = neighbour.look_at(start.child());
    return seen;
  }
};

TEST_P(StartSkin, ANeighbourOpensNothingOfAChildOnItsWay) {
  const Neighbour neighbour = this->neighbour();
  Plan plan = plan_beside(neighbour);
  const auto calls = static_cast<int>(plan.child.size());
  const Seen seen = look_all_along(neighbour, std::move(plan));
  EXPECT_EQ("", seen.before_exec);
  // The rest is what this kernel makes needless, such as fallbacks.
  EXPECT_GT(seen.looks, calls / 2);
  // It can look: the workload is its equal.
  EXPECT_EQ(all(), seen.workload);
}

TEST_P(StartSkin, ItOpensEverythingOfOneWhoseMemoryIsNotHidden) {
  const Neighbour neighbour = this->neighbour();
  Plan plan = plan_beside(neighbour);
  Call open = plan.child.front();
  open.op = Op::kSyscall;
  open.number = SYS_prctl;
  open.args[0] = {Argument::Kind::kValue, PR_SET_DUMPABLE};
  open.args[1] = {Argument::Kind::kValue, 1};
  plan.child.insert(plan.child.begin(), open);
  const Seen seen = look_all_along(neighbour, std::move(plan));
  EXPECT_THAT(seen.before_exec, HasSubstr(kAll));
}

/// The child that this thread made last.
pid_t last_child() {
  const std::string tid = std::to_string(gettid());
  std::ifstream children("/proc/self/task/" + tid + "/children");
  pid_t child = -1;
  while (children >> child) {
  }
  return child;
}

TEST_P(StartSkin, ANeighbourOpensNothingOfAChildThatWaits) {
  const Neighbour neighbour = this->neighbour();
  const Plan plan = plan_beside(neighbour, "exit 7");
  for (const ParkAt where : {ParkAt::kTree, ParkAt::kFilter, ParkAt::kExec}) {
    BeginOptions options;
    options.park_at = where;
    Result<PendingStart> waiting = PendingStart::begin(plan, options);
    if (GetParam().joins) {
      ASSERT_FALSE(waiting);
      EXPECT_THAT(waiting.error().message(), HasSubstr("no place to park at"));
      continue;
    }
    ASSERT_TRUE(waiting) << waiting.error().message();
    EXPECT_EQ("", neighbour.look_at(last_child()));
    Result<Container> container = waiting->release({});
    ASSERT_TRUE(container) << container.error().message();
    const Result<Exit> exit = container->wait();
    ASSERT_TRUE(exit) << exit.error().message();
    EXPECT_EQ(7, exit->code());
  }
}

TEST_P(StartSkin, NoneThatMayTraceIsJoined) {
  const Neighbour neighbour =
      this->neighbour(CapabilityMask{1} << CAP_SYS_PTRACE);
  std::string error;
  const int code = run(plan_beside(neighbour, "exit 7"), &error);
  if (!GetParam().joins) {
    EXPECT_EQ(7, code) << error;
  } else {
    EXPECT_EQ(-1, code);
    EXPECT_THAT(error, HasSubstr("may trace what starts there"));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, StartSkin,
    testing::Values(Shape{"Joined", true, false},
                    Shape{"JoinedByAUserNamespace", true, true},
                    Shape{"InTheHosts", false, false},
                    Shape{"InTheHostsBesideAUserNamespace", false, true}),
    shape_name);

}  // namespace
}  // namespace bulkhead
