#include "bench/groups.h"

namespace bulkhead::bench {

const std::vector<GroupEntry>& group_entries() {
  static const std::vector<GroupEntry> kEntries = {
      {"floor", "the kernel alone: a process, and each namespace",
       measure_floor},
      {"steps", "every step of one start, from its own stamps", measure_steps},
      {"start", "a compiled plan started, and each boundary left out",
       measure_start},
      {"rcu", "waits for RCU in one start, where ftrace can count them",
       measure_rcu},
      {"scale", "starts in larger surroundings; throughput, memory, teardown",
       measure_scale},
      {"peers", "bulkhead run and other runtimes, whole processes",
       measure_peers},
  };
  return kEntries;
}

}  // namespace bulkhead::bench
