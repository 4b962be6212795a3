// The Shocker way out of a container (2014). The handle is a made-up one:
// ESTALE says that it was looked up.
#include <fcntl.h>

#include <array>

#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_open_by_handle {
namespace {

// struct file_handle with eight bytes of handle.
struct Handle {
  unsigned bytes = 8;
  int type = 1;
  std::array<unsigned char, 8> handle{};
};

Observation attempt(Inside&) {
  const Called root = called(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.ok()) return broken("open /: " + errno_name(root.error));
  Handle handle;
  handle.handle.fill(0xff);
  const Called opened =
      call(SYS_open_by_handle_at, root.value, &handle, O_RDONLY | O_CLOEXEC);
  close(static_cast<int>(root.value));
  if (opened.ok()) close(static_cast<int>(opened.value));
  return observe(opened, {ESTALE, EOPNOTSUPP}, "open_by_handle_at");
}

const Register kProbe{{
    .id = "capabilities/open-by-handle",
    .claim = "No file can be opened by its number, past all directories.",
    .watches = {"capabilities", "userns", "seccomp"},
    .references = {"open_by_handle_at(2)",
                   "capabilities(7) CAP_DAC_READ_SEARCH"},
    .remedy = "Drop CAP_DAC_READ_SEARCH and deny open_by_handle_at.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_open_by_handle
