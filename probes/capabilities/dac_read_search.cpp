// A directory of our own that nobody may list.
#include <fcntl.h>
#include <sys/stat.h>

#include "probes/support/capability.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_dac_read_search {
namespace {

Observation attempt(Inside& inside) {
  const std::string path = scratch(inside) + "/shut-" + inside.nonce();
  if (mkdir(path.c_str(), 0000) != 0) {
    return broken("mkdir " + path + ": " + errno_name(errno));
  }
  const Called opened =
      called(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.ok()) close(static_cast<int>(opened.value));
  rmdir(path.c_str());
  return observe(opened, {}, "open a directory of mode 0000");
}

const Register kProbe{{
    .id = "capabilities/dac-read-search",
    .claim = "Directories that are closed are closed to root as well.",
    .watches = {"capabilities"},
    .references = {"capabilities(7) CAP_DAC_READ_SEARCH"},
    .remedy = "Drop CAP_DAC_READ_SEARCH and CAP_DAC_OVERRIDE.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_dac_read_search
