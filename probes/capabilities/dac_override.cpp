// A file of our own that nobody may read.
#include <fcntl.h>

#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_dac_override {
namespace {

Observation attempt(Inside& inside) {
  const std::string path = scratch(inside) + "/closed-" + inside.nonce();
  if (!spill(path, "x", 0000)) {
    return broken(path + ": " + errno_name(errno));
  }
  const Called opened = called(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.ok()) close(static_cast<int>(opened.value));
  unlink(path.c_str());
  return observe(opened, {}, "open a file of mode 0000");
}

const Register kProbe{{
    .id = "capabilities/dac-override",
    .claim = "Permission bits hold for root as well.",
    .watches = {"capabilities"},
    .references = {"capabilities(7) CAP_DAC_OVERRIDE"},
    .remedy = "Drop CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_dac_override
