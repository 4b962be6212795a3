// The one device node that anybody may make where files may be made, since 5.8:
// 0:0, which an overlay takes for a deletion.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "probes/support/landlock.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes {
namespace {

Called make(const std::string& path, mode_t kind) {
  const Called made =
      call(SYS_mknodat, AT_FDCWD, path.c_str(), kind | 0600U, makedev(0, 0));
  if (made.ok()) unlink(path.c_str());
  return made;
}

Observation attempt(Inside& inside) {
  const Called made = make(scratch(inside) + "/whiteout", S_IFCHR);
  return unless_absent(inside, 2, observe(made, {}, "mknod(c, 0:0)"));
}

Observation witness(Inside& inside) {
  const Called made = make(scratch(inside) + "/pipe", S_IFIFO);
  return made.ok() ? works("mknod of a pipe")
                   : broken("mknod of a pipe: " + errno_name(made.error));
}

const Register kProbe{{
    .id = "landlock/whiteout-refused",
    .claim = "Not even the empty device node, 0:0, can be made.",
    .watches = {"landlock"},
    .references = {"landlock(7)", "mknod(2)"},
    .remedy = "Grant LANDLOCK_ACCESS_FS_MAKE_CHAR nowhere.",
    .attempt = attempt,
    .witness = witness,
    .plant =
        [](Outside& outside) {
          plant_abi(outside);
          return true;
        },
}};

}  // namespace
}  // namespace bulkhead::probes
