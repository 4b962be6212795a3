// A runtime that counts to the last capability of its own time keeps what came
// later.
#include <linux/capability.h>

#include "probes/support/capability.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_newest_dropped {
namespace {

// Linux 5.8 and 5.9 brought the last ones so far.
constexpr int kFirstNew = CAP_PERFMON;

Observation attempt(Inside&) {
  const int last = last_capability();
  if (last < kFirstNew) return absent("this kernel has no newer capability");
  const auto own = capability_sets();
  if (!own) return broken("capget: " + errno_name(errno));
  const std::uint64_t held = bounding_set() | own->permitted | own->effective |
                             own->inheritable | ambient_set();
  const std::uint64_t newer = held >> kFirstNew << kFirstNew;
  const std::string range =
      std::to_string(kFirstNew) + " to " + std::to_string(last);
  return newer != 0 ? reached("of " + range + " are left: " + hex(newer))
                    : refused(0, "none of " + range + " is left");
}

const Register kProbe{{
    .id = "capabilities/newest-dropped",
    .claim = "Capabilities newer than the runtime are dropped too.",
    .watches = {"capabilities"},
    .references = {"capabilities(7)", "Linux 5.8", "Linux 5.9"},
    .remedy = "Ask the running kernel for its last capability.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_newest_dropped
