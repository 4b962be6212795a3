// Each flag beside one that cannot go with it: EINVAL, but only past the
// filter. Five entries: clone, clone3, unshare, and i386 clone and unshare.
#include <linux/sched.h>

#include <array>
#include <string>

#include "probes/support/child.h"
#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_clone_namespace_flags {
namespace {

struct Flag {
  const char* name;
  unsigned long bit;
};
constexpr std::array kFlags = {
    Flag{"USER", CLONE_NEWUSER},    Flag{"NS", CLONE_NEWNS},
    Flag{"PID", CLONE_NEWPID},      Flag{"NET", CLONE_NEWNET},
    Flag{"IPC", CLONE_NEWIPC},      Flag{"UTS", CLONE_NEWUTS},
    Flag{"CGROUP", CLONE_NEWCGROUP}};
constexpr long kClone386 = 120, kUnshare386 = 310;

// Signal handlers cannot be shared without the memory (clone).
constexpr unsigned long kImpossible = CLONE_SIGHAND;
// Not a flag of unshare.
constexpr unsigned long kNoFlag = 1;
// clone(2) looks at 32 bits.
constexpr unsigned long kHigh = 1UL << 40;

Observation clone_with(unsigned long flags) {
  return in_child([flags] {
    return observe(call(SYS_clone, flags | kImpossible, 0L, 0L, 0L, 0L),
                   {EINVAL}, "clone");
  });
}

Observation attempt(Inside&) {
  Tally tally;
  for (const Flag& flag : kFlags) {
    const std::string name = flag.name;
    tally.add("clone " + name, clone_with(flag.bit));
    tally.add("clone " + name + " | 1 << 40", clone_with(flag.bit | kHigh));
    tally.add("unshare " + name, observe(call(SYS_unshare, flag.bit | kNoFlag),
                                         {EINVAL}, "unshare"));
  }
  tally.add("clone3", observe(call(SYS_clone3, 0L, 0UL), {EINVAL}, "clone3"));
  tally.add("i386 clone USER",
            in_child(
                [] {
                  return observe(
                      call_i386(kClone386, CLONE_NEWUSER | CLONE_SIGHAND),
                      {EINVAL}, "clone");
                },
                no_i386));
  tally.add("i386 unshare USER",
            in_child(
                [] {
                  return observe(
                      call_i386(kUnshare386, CLONE_NEWUSER | kNoFlag), {EINVAL},
                      "unshare");
                },
                no_i386));
  return tally.result();
}

const Register kProbe{{
    .id = "seccomp/clone-namespace-flags",
    .claim = "No namespace can be made, by any call.",
    .watches = {"seccomp"},
    .references = {"clone(2)", "unshare(2)", "CVE-2022-0185", "CVE-2023-0386"},
    .remedy = "Deny clone and unshare with namespace flags, and clone3.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_clone_namespace_flags
