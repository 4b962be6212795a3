// Requests at a bad address. The calls look past /proc, also into other
// namespaces.
#include "probes/support/filter.h"
#include "probes/support/ordinary.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_mount_listing {
namespace {

// The numbers are those of every architecture.
constexpr long kStatmount = 457, kListmount = 458, kListns = 470;

Observation attempt(Inside&) {
  return observe_rows(
      {{"statmount (Linux 6.8)",
        [] { return call(kStatmount, kBadPointer, 0L, 0UL, 0U); },
        {EFAULT}},
       {"listmount (Linux 6.8)",
        [] { return call(kListmount, kBadPointer, 0L, 0UL, 0U); },
        {EFAULT}},
       {"listns (Linux 6.19)",
        [] { return call(kListns, kBadPointer, 0L, 0UL, 0U); },
        {EFAULT}}});
}

const Register kProbe{{
    .id = "seccomp/mount-listing",
    .claim = "Mounts and namespaces cannot be listed by their numbers.",
    .watches = {"seccomp"},
    .references = {"statmount(2)", "listmount(2)", "Linux 6.8"},
    .remedy = "Deny statmount, listmount and listns.",
    .attempt = attempt,
    .witness = [](Inside&) { return files_work(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_mount_listing
