// A mark on no group at all.
#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_fanotify {
namespace {

constexpr unsigned kAdd = 1;
constexpr unsigned long kOpen = 0x20;

Observation attempt(Inside&) {
  return observe(call(SYS_fanotify_mark, -1, kAdd, kOpen, -1, 0L),
                 {EBADF, EINVAL}, "fanotify_mark");
}

const Register kProbe{{
    .id = "seccomp/fanotify",
    .claim = "File accesses cannot be watched or held up.",
    .watches = {"seccomp"},
    .references = {"fanotify_mark(2)"},
    .remedy = "Deny fanotify_init and fanotify_mark.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_fanotify
