// The smallest map of a kind that only the privileged may make; closed at once.
#include <linux/bpf.h>

#include "probes/support/ordinary.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_bpf {
namespace {

Observation attempt(Inside&) {
  bpf_attr map{};
  map.map_type = BPF_MAP_TYPE_LPM_TRIE;
  map.key_size = 8;
  map.value_size = 4;
  map.max_entries = 1;
  map.map_flags = BPF_F_NO_PREALLOC;
  const Called made = call(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map);
  if (made.ok()) close(static_cast<int>(made.value));
  return observe(made, {}, "bpf");
}

const Register kProbe{{
    .id = "capabilities/bpf",
    .claim = "No map for the kernel's programs can be made.",
    .watches = {"capabilities", "userns", "seccomp"},
    .references = {"capabilities(7) CAP_BPF", "bpf(2)", "Linux 5.8"},
    .remedy = "Drop CAP_BPF and deny bpf.",
    .attempt = attempt,
    .witness = [](Inside&) { return memory_works(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_bpf
