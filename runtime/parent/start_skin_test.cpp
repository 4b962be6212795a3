// While a container starts, its child has the supervisor's memory, descriptors
// and executable. A neighbour in the same pid namespace looks before every call
// of the child, and may open none of it (CVE-2016-9962).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>

#include "runtime/parent/skin_fixture.h"
#include "runtime/parent/test_rootfs.h"
#include "runtime/spec/without.h"

namespace bulkhead {
namespace {

using ::testing::HasSubstr;

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
