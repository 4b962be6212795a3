// The floor under every start: what the kernel itself takes for a process, and
// for each kind of namespace.
#include <linux/sched.h>

#include "bench/groups.h"
#include "bench/starts.h"

namespace bulkhead::bench {
namespace {

struct Kind {
  const char* name;
  std::uint64_t flag;
};

constexpr std::uint64_t kNewTime = 0x80;  // CLONE_NEWTIME, clone3(2) only.

constexpr Kind kKinds[] = {
    {"pid", CLONE_NEWPID}, {"mount", CLONE_NEWNS},      {"net", CLONE_NEWNET},
    {"ipc", CLONE_NEWIPC}, {"uts", CLONE_NEWUTS},       {"user", CLONE_NEWUSER},
    {"time", kNewTime},    {"cgroup", CLONE_NEWCGROUP},
};

}  // namespace

std::vector<Variant> floor_variants(const Ground& ground) {
  std::vector<Variant> variants = {floor_variant(ground)};
  const auto add = [&](std::string name, std::string about, auto once) {
    variants.push_back({std::move(name), std::move(about), kFloor, once});
  };
  add("posix_spawn", "libc's, of the same program",
      [&ground] { return spawn_once(ground, {ground.workload}, {}, {}); });
  add("fork+exec", "libc's fork(2): the caller's memory is copied on write",
      [&ground] { return fork_once(ground); });
  std::uint64_t all = 0;
  for (const Kind& kind : kKinds) {
    all |= kind.flag;
    add("clone3 " + std::string(kind.name), "one new namespace",
        [&ground, flag = kind.flag] { return clone_once(ground, flag); });
  }
  add("clone3 all but net", "seven new namespaces",
      [&ground, flags = all & ~std::uint64_t{CLONE_NEWNET}] {
        return clone_once(ground, flags);
      });
  add("clone3 all", "eight new namespaces, nothing set up in them",
      [&ground, all] { return clone_once(ground, all); });
  return variants;
}

std::vector<Group> measure_floor(Ground& ground) {
  return {
      {.name = "floor",
       .title = "The kernel alone: a process, and each namespace",
       .rows = measure(ground, ground.effort.rounds, floor_variants(ground))}};
}

}  // namespace bulkhead::bench
