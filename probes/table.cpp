#include "probes/table.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "probes/probe.h"
#include "probes/runner.h"
#include "probes/support/json.h"
#include "probes/support/try.h"

namespace bulkhead::probes {

namespace {

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

std::string line(const Probe& probe, const Observation& seen) {
  return padded(std::string(outcome_word(seen.outcome)), 9) +
         padded(probe.id, 34) + seen.evidence + "\n";
}

}  // namespace

bool say_table(bool (*say)(std::string_view), const std::string& inherited) {
  if (!say("What this process can reach. Without a control (the same attempt "
           "with the\nboundary taken out) and an outside half these are "
           "facts, not verdicts.\n\n")) {
    return false;
  }
  Facts facts;
  facts["fds.inherited"] = inherited;
  int left_out = 0;
  for (const Probe& probe : catalogue()) {
    if (probe.placement == Placement::kAlone || probe.plant != nullptr) {
      ++left_out;
      continue;
    }
    const Observation seen = run_half(probe, Half::kAttempt, facts);
    if (!say(line(probe, seen))) return false;
  }
  return say("\n" + std::to_string(left_out) +
             " probes not tried: they need canaries planted outside or a "
             "container of their own.\n");
}

std::string list_text() {
  std::string text;
  for (const Probe& probe : catalogue()) {
    text += padded(probe.id, 34) + probe.claim + "\n";
  }
  return text;
}

std::string ids_text() {
  std::array<uid_t, 3> uid{};
  std::array<gid_t, 3> gid{};
  // These fail only on a bad pointer.
  static_cast<void>(getresuid(&uid[0], &uid[1], &uid[2]));
  static_cast<void>(getresgid(&gid[0], &gid[1], &gid[2]));
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> sets{};
  const bool known = call(SYS_capget, &header, sets.data()).ok();
  const auto whole = [&](auto member) {
    return static_cast<unsigned long long>(sets[1].*member) << 32 |
           sets[0].*member;
  };
  std::array<char, 256> text{};
  std::snprintf(
      text.data(), text.size(),
      "uid %u %u %u gid %u %u %u caps %llx %llx nnp %d seccomp %d%s\n", uid[0],
      uid[1], uid[2], gid[0], gid[1], gid[2],
      whole(&__user_cap_data_struct::permitted),
      whole(&__user_cap_data_struct::effective),
      prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), prctl(PR_GET_SECCOMP, 0, 0, 0, 0),
      known ? "" : " (capget refused)");
  return text.data();
}

}  // namespace bulkhead::probes
