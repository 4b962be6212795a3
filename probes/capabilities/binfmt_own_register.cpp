// Whoever mounts a register of interpreters decides what runs the programs of
// his user namespace and of those below it (Linux 6.7); before that, of the
// whole host. The file system is made ready, never attached or written to.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probes/support/filter.h"
#include "probes/support/text.h"

namespace bulkhead::probes::capabilities_binfmt_own_register {
namespace {

constexpr const char* kType = "binfmt_misc";

Observation attempt(Inside&) {
  // Asking for a type that is not registered would load a module.
  const std::string types = slurp("/proc/filesystems").value_or("");
  if (types.find(kType) == std::string::npos) return absent(kType);
  const Called opened = call(SYS_fsopen, kType, FSOPEN_CLOEXEC);
  if (!opened.ok()) return observe(opened, {}, "fsopen binfmt_misc");
  const int context = static_cast<int>(opened.value);
  const Called made =
      call(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0);
  close(context);
  return observe(made, {}, "fsconfig(CREATE) of a binfmt_misc");
}

const Register kProbe{{
    .id = "capabilities/binfmt-own-register",
    .claim = "No register of interpreters can be mounted.",
    .watches = {"userns", "capabilities", "seccomp"},
    .references = {"binfmt_misc (kernel admin-guide)", "fsconfig(2)"},
    .remedy = "Drop CAP_SYS_ADMIN and deny mount, fsopen and fsconfig.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_binfmt_own_register
