// gVisor: an OCI runtime with a kernel of its own, in place of the filter. It
// takes one with --oci-seccomp, but none of the size of the spec's.
#include "verify/subject.h"

namespace bulkhead::verify {

SubjectPointer make_runsc() {
  return make_oci({.name = "runsc",
                   .program = "runsc",
                   .flags = {"--network=none"},
                   .package = "runsc",
                   .ignores = {{Boundary::kSeccomp, "the filter"}},
                   .knows_rro = false,
                   .own_memory_bytes = 256 << 20});
}

}  // namespace bulkhead::verify
