// Arguments that fail right after the permission check: no magic, no
// descriptor, no address. None of them can do anything.

#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_kernel_control {
namespace {

Observation attempt(Inside&) {
  return observe_rows(
      {{"reboot", [] { return call(SYS_reboot, 0, 0, 0, 0L); }, {EINVAL}},
       {"swapon", [] { return call(SYS_swapon, kBadPointer, 0); }, {EFAULT}},
       {"swapoff", [] { return call(SYS_swapoff, kBadPointer); }, {EFAULT}},
       {"acct", [] { return call(SYS_acct, kBadPointer); }, {EFAULT}},
       {"kexec_load",
        [] { return call(SYS_kexec_load, 0L, 17L, 0L, -1L); },
        {EINVAL}},
       {"kexec_file_load",
        [] { return call(SYS_kexec_file_load, -1, -1, 0L, 0L, -1L); },
        {EINVAL, EBADF}},
       {"init_module",
        [] { return call(SYS_init_module, kBadPointer, 0L, kBadPointer); },
        {ENOEXEC, EFAULT}},
       {"finit_module",
        [] { return call(SYS_finit_module, -1, kBadPointer, -1); },
        {EINVAL, EBADF}},
       {"delete_module",
        [] { return call(SYS_delete_module, kBadPointer, 0); },
        {EFAULT}}});
}

const Register kProbe{{
    .id = "seccomp/kernel-control",
    .claim = "The kernel can neither be replaced, extended nor stopped.",
    .watches = {"seccomp", "capabilities", "userns"},
    .references = {"reboot(2)", "init_module(2)", "kexec_load(2)", "swapon(2)",
                   "acct(2)"},
    .remedy = "Deny these calls and drop the capabilities that they ask for.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_kernel_control
