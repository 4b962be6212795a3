// Denied calls by their i386 numbers, with arguments that harm nobody.
#include "probes/support/child.h"
#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_i386_int80 {
namespace {

constexpr long kUnshare = 310, kKeyctl = 288, kBpf = 357, kMount = 21,
               kSetns = 346;
constexpr long kSessionKeyring = -3;

Observation enter(const char* name, long number, long first, long second,
                  std::initializer_list<int> past) {
  return in_child(
      [=] { return observe(call_i386(number, first, second, 0), past, name); },
      no_i386);
}

Observation attempt(Inside&) {
  Tally tally;
  tally.add("unshare", enter("unshare", kUnshare, 1, 0, {EINVAL}));
  tally.add("keyctl", enter("keyctl", kKeyctl, 0, kSessionKeyring, {ENOKEY}));
  tally.add("bpf", enter("bpf", kBpf, 0, kBadPointer, {EFAULT, EINVAL, E2BIG}));
  tally.add("mount", enter("mount", kMount, 0, 0, {EFAULT}));
  tally.add("setns", enter("setns", kSetns, -1, 0, {EBADF}));
  return tally.result();
}

const Register kProbe{{
    .id = "seccomp/i386-int80",
    .claim = "The 32-bit entry leads to no call that the 64-bit entry denies.",
    .watches = {"seccomp"},
    .references = {"seccomp(2)", "CVE-2009-0835"},
    .remedy = "Filter by architecture as well as by number.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_i386_int80
