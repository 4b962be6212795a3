// The side after clone shares this process's memory: an allocation there would
// corrupt the caller's heap. Here every allocation says which thread made it.
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

#include "runtime/base/clone3.h"
#include "runtime/base/syscall.h"
#include "runtime/child/child.h"
#include "runtime/parent/clone.h"
#include "runtime/parent/test_rootfs.h"

extern "C" void* __libc_malloc(std::size_t size);

namespace {

std::atomic<long> watched_thread{0};
std::atomic<int> foreign_allocations{0};

}  // namespace

/// glibc lets a program define malloc; the rest of the family stays its own.
extern "C" void* malloc(std::size_t size) {
  const long watched = watched_thread.load();
  if (watched != 0 && syscall(SYS_gettid) != watched) ++foreign_allocations;
  return __libc_malloc(size);
}

namespace bulkhead {
namespace {

class NoAllocation : public ContainerTest {};

[[noreturn]] void allocating_child(void*) {
  // The volatile pointer keeps the allocation from being optimised away.
  void* volatile memory = malloc(100);
  static_cast<void>(memory);
  for (;;) raw_syscall(SYS_exit_group, 0);
}

TEST_F(NoAllocation, IsSeenWhenAChildAllocates) {
  const Result<StartMemory> memory = StartMemory::map(false);
  ASSERT_TRUE(memory);
  struct {
    std::uint64_t words[11];
  } args{};
  args.words[0] = CLONE_VM | CLONE_VFORK;  // flags
  args.words[4] = SIGCHLD;                 // exit_signal
  foreign_allocations = 0;
  watched_thread = syscall(SYS_gettid);
  const long pid = clone3_onto(&args, sizeof args, memory->stack_top(),
                               allocating_child, nullptr);
  watched_thread = 0;
  ASSERT_GT(pid, 0);
  waitpid(static_cast<pid_t>(pid), nullptr, 0);
  EXPECT_EQ(1, foreign_allocations.load());
}

TEST_F(NoAllocation, TheStartMakesNone) {
  Spec spec = spec_for("exit 0");
  if (!TimeNamespaceTry(true).entered()) {  // before 6.3
    spec.without = {Boundary::kTimens};
    spec.unsafe = true;
  }
  Result<Plan> plan = make_plan(std::move(spec), host());
  ASSERT_TRUE(plan) << plan.error().message();
  ASSERT_TRUE(plan->share_memory);
  foreign_allocations = 0;
  watched_thread = syscall(SYS_gettid);
  const int status = run(*plan);
  watched_thread = 0;
  EXPECT_EQ(0, status);
  EXPECT_EQ(0, foreign_allocations.load());
}

}  // namespace
}  // namespace bulkhead
