// A handle of no bytes: the answer is how long it should be.
#include <fcntl.h>

#include "probes/support/filter.h"
#include "probes/support/ordinary.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_file_handles {
namespace {

struct Handle {
  unsigned bytes = 0;
  int type = 0;
};

Observation attempt(Inside&) {
  return observe_rows({{"name_to_handle_at",
                        [] {
                          Handle handle;
                          int mount = 0;
                          return call(SYS_name_to_handle_at, AT_FDCWD, "/",
                                      &handle, &mount, 0);
                        },
                        {EOVERFLOW, EOPNOTSUPP}},
                       {"open_by_handle_at",
                        [] {
                          Handle handle;
                          return call(SYS_open_by_handle_at, -1, &handle, 0);
                        },
                        {EBADF, EINVAL}}});
}

const Register kProbe{{
    .id = "seccomp/file-handles",
    .claim = "Files have no numbers that outlive their names.",
    .watches = {"seccomp"},
    .references = {"open_by_handle_at(2)", "CVE-2014-3519"},
    .remedy = "Deny name_to_handle_at and open_by_handle_at.",
    .attempt = attempt,
    .witness = [](Inside&) { return files_work(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_file_handles
