// A process outside, named by the nonce, with a number that no process of the
// container can have: met by signal 0 or in /proc, it is the host's.
#include <dirent.h>
#include <signal.h>

#include <cerrno>

#include "probes/support/canary.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::pidns_canary_invisible {
namespace {

std::string find_in_proc(const std::string& name) {
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return {};
  std::string found;
  while (const dirent* entry = readdir(proc)) {
    if (!number(entry->d_name)) continue;
    const std::string path = std::string("/proc/") + entry->d_name + "/comm";
    if (slurp(path, 64).value_or("") == name + "\n") found = path;
  }
  closedir(proc);
  return found;
}

Observation attempt(Inside& inside) {
  const auto pid = number(inside.planted("pid"));
  if (!pid) return broken("no planted pid");
  const Called signalled = called(kill(static_cast<pid_t>(*pid), 0));
  // EPERM too says that the process is there.
  if (signalled.error != ESRCH) {
    return observe(signalled, {EPERM}, "kill(canary, 0)");
  }
  const std::string found = find_in_proc(canary_name(inside.nonce()));
  if (!found.empty()) return reached("the canary's name is in " + found);
  return refused(ESRCH, "no canary by kill or in /proc");
}

Observation witness(Inside&) {
  const Called signalled = called(kill(getpid(), 0));
  return signalled.ok()
             ? works("kill(self, 0)")
             : broken("kill(self, 0): " + errno_name(signalled.error));
}

const Register kProbe{{
    .id = "pidns/canary-invisible",
    .claim = "Processes outside can neither be seen nor signalled.",
    .watches = {"pidns"},
    .references = {"pid_namespaces(7)", "NIST SP 800-190 4.4",
                   "CIS Docker 5.15"},
    .remedy = "Ask for a new pid namespace and mount a new proc in it.",
    .attempt = attempt,
    .witness = witness,
    .plant = [](Outside& outside) { return start_canary(outside); },
    .clean = stop_canary,
}};

}  // namespace
}  // namespace bulkhead::probes::pidns_canary_invisible
