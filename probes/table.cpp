#include "probes/table.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdio>

#include "probes/probe.h"
#include "probes/runner.h"
#include "probes/support/json.h"
#include "probes/support/namespace.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes {

namespace {

constexpr const char* kNote =
    "Without a control (the same attempt with the boundary taken out) and an "
    "outside half these are facts, not verdicts.";

std::string line(const Probe& probe, const Observation& seen) {
  return padded(std::string(outcome_word(seen.outcome)), 9) +
         padded(probe.id, 34) + seen.evidence + "\n";
}

std::string json_fact(const Probe& probe, const Observation& seen) {
  return R"({"probe":)" + json_string(probe.id) + R"(,"claim":)" +
         json_string(probe.claim) + R"(,"outcome":")" +
         std::string(outcome_word(seen.outcome)) + R"(","errno":)" +
         std::to_string(seen.error) + R"(,"signal":)" +
         std::to_string(seen.signal) + R"(,"evidence":)" +
         json_string(seen.evidence) + "}";
}

}  // namespace

bool on_the_host() {
  constexpr std::array kNames = {"pid", "uts", "ipc", "user", "cgroup"};
  return std::ranges::all_of(kNames, in_first_namespace);
}

bool say_table(bool (*say)(std::string_view), TableForm form,
               const std::string& inherited) {
  const bool json = form == TableForm::kJson;
  if (!say(json ? R"({"kind":"facts","note":)" + json_string(kNote) +
                      R"(,"facts":[)"
                : "What this process can reach. " + std::string(kNote) +
                      "\n\n")) {
    return false;
  }
  Facts facts;
  facts["fds.inherited"] = inherited;
  std::string not_tried;
  int left_out = 0;
  std::string comma;
  for (const Probe& probe : catalogue()) {
    if (probe.placement == Placement::kAlone || probe.plant != nullptr) {
      not_tried += (left_out++ == 0 ? "" : ",") + json_string(probe.id);
      continue;
    }
    const Observation seen = run_half(probe, Half::kAttempt, facts);
    if (!say(json ? comma + json_fact(probe, seen) : line(probe, seen))) {
      return false;
    }
    comma = ",";
  }
  return say(json ? "],\"not_tried\":[" + not_tried + "]}\n"
                  : "\n" + std::to_string(left_out) +
                        " probes not tried: they need canaries planted "
                        "outside or a container of their own.\n");
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
  int parent_death = 0;
  prctl(PR_GET_PDEATHSIG, &parent_death, 0, 0, 0);
  struct stat root {};
  const bool owned = stat("/", &root) == 0;
  std::array<char, PATH_MAX + 400> text{};
  std::array<char, PATH_MAX> cwd{};
  if (getcwd(cwd.data(), cwd.size()) == nullptr) cwd[0] = '?';
  std::snprintf(text.data(), text.size(),
                "uid %u %u %u gid %u %u %u caps %llx %llx nnp %d seccomp %d "
                "securebits %x pdeathsig %d root-owner %ld cwd %s%s\n",
                uid[0], uid[1], uid[2], gid[0], gid[1], gid[2],
                whole(&__user_cap_data_struct::permitted),
                whole(&__user_cap_data_struct::effective),
                prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
                prctl(PR_GET_SECCOMP, 0, 0, 0, 0),
                static_cast<unsigned>(prctl(PR_GET_SECUREBITS, 0, 0, 0, 0)),
                parent_death, owned ? static_cast<long>(root.st_uid) : -1L,
                cwd.data(), known ? "" : " (capget refused)");
  return text.data();
}

}  // namespace bulkhead::probes
