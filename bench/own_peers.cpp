#include "bench/own_peers.h"

#include "bench/served_pool.h"
#include "bench/starts.h"

namespace bulkhead::bench {
namespace {

/// More than are started before one more was made.
constexpr const char* kPoolSize = "8";

/// The program with `words`, asked for the workload in the hardened preset.
std::vector<std::string> by_flags(const Ground& ground,
                                  const std::vector<std::string>& words) {
  std::vector<std::string> argv = {ground.self_exe};
  argv.insert(argv.end(), words.begin(), words.end());
  argv.insert(argv.end(), {"--rootfs", ground.rootfs});
  if (ground.box->cgroups == "none") {
    argv.insert(argv.end(), {"--prefer", "cgroup"});
  }
  argv.insert(argv.end(), {"--", kWorkloadInside});
  return argv;
}

Variant run_by_flags(const Ground& ground) {
  const Spec spec = ground.hardened("run");
  return {kRunByFlags, "all that is asked for, by flags", kSpawn,
          [&ground, argv = by_flags(ground, {"run"}),
           expected = expected_of(spec)] {
            return spawn_once(ground, argv, {}, expected);
          }};
}

/// The same, in a container that waited in a pool: what a client of it takes.
void add_by_pool(Ground& ground, std::vector<Variant>& list) {
  const std::string socket = ground.directory + "/pool";
  const std::vector<std::string> serve =
      by_flags(ground, {"pool", "--listen", socket, "--size", kPoolSize});
  const auto pool = ServedPool::serve(serve);
  if (!pool) {
    ground.absent.push_back({"peers", kRunByPool, pool.error().message()});
    return;
  }
  const Spec spec = ground.hardened("run");
  const std::vector<std::string> argv = {ground.self_exe, "run", "--pool",
                                         socket};
  list.push_back({kRunByPool,
                  "all that is asked for, by flags; made ahead by `bulkhead "
                  "pool --size " +
                      std::string(kPoolSize) + "`",
                  kSpawn,
                  [&ground, argv, pool = *pool, expected = expected_of(spec)] {
                    return spawn_once(ground, argv, {}, expected);
                  }});
}

}  // namespace

std::vector<Variant> own_peers(Ground& ground) {
  std::vector<Variant> variants = {
      {kSpawn, "the workload alone, by posix_spawn", "",
       [&ground] { return spawn_once(ground, {ground.workload}, {}, {}); }},
      run_by_flags(ground)};
  add_by_pool(ground, variants);
  return variants;
}

}  // namespace bulkhead::bench
