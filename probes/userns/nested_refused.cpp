// A user namespace of one's own, really made, by every entry there is: most
// of the kernel's privileged code can be reached from in there.
#include <linux/sched.h>
#include <signal.h>
#include <sys/wait.h>

#include <cstdint>

#include "probes/support/child.h"
#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::userns_nested_refused {
namespace {

constexpr long kX32 = 0x40000000;
constexpr long kUnshare386 = 310;

// A clone that returned 0 is the child in its new namespace.
Observation cloned(const Called& made, const char* what) {
  if (made.ok() && made.value == 0) _exit(0);
  if (made.ok()) wait_for(static_cast<pid_t>(made.value));
  return observe(made, {}, what);
}

Observation by_clone() {
  return cloned(call(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0L, 0L, 0L, 0L),
                "clone");
}

Observation by_clone3() {
  clone_args arguments{};
  arguments.flags = CLONE_NEWUSER;
  arguments.exit_signal = SIGCHLD;
  return cloned(call(SYS_clone3, &arguments, sizeof arguments), "clone3");
}

Observation attempt(Inside&) {
  Tally tally;
  tally.add("unshare", in_child([] {
              return observe(call(SYS_unshare, CLONE_NEWUSER), {}, "unshare");
            }));
  tally.add("clone", in_child(by_clone));
  tally.add("clone3", in_child(by_clone3));
  tally.add("i386 unshare", in_child(
                                [] {
                                  return observe(
                                      call_i386(kUnshare386, CLONE_NEWUSER), {},
                                      "unshare");
                                },
                                no_i386));
  tally.add("x32 unshare", in_child([] {
              return observe(call(kX32 | SYS_unshare, CLONE_NEWUSER), {},
                             "unshare");
            }));
  return tally.result();
}

const Register kProbe{{
    .id = "userns/nested-refused",
    .claim = "No user namespace can be made inside.",
    .watches = {"userns", "seccomp"},
    .references = {"user_namespaces(7)", "CVE-2022-0185", "CVE-2022-0492",
                   "CVE-2023-0386"},
    .remedy = "Deny unshare, and clone and clone3 with CLONE_NEWUSER.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::userns_nested_refused
