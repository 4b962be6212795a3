// A careless caller has one group more.
#include <grp.h>

#include <algorithm>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::session_groups_exact {
namespace {

constexpr gid_t kPlanted = 4242;
constexpr int kMost = 1024;

bool own_groups(std::vector<gid_t>& groups) {
  groups.resize(kMost);
  const int count = getgroups(kMost, groups.data());
  groups.resize(static_cast<std::size_t>(std::max(count, 0)));
  return count >= 0;
}

Observation attempt(Inside& inside) {
  std::vector<gid_t> groups;
  if (!own_groups(groups)) return broken("getgroups: " + errno_name(errno));
  std::vector<std::string> asked = split(inside.spec("groups"), ',');
  asked.push_back(inside.spec("gid"));
  std::string extra;
  for (const gid_t group : groups) {
    const std::string text = std::to_string(group);
    if (std::ranges::find(asked, text) == asked.end()) extra += " " + text;
  }
  if (!extra.empty()) return reached("groups that nobody asked for:" + extra);
  if (inside.planted("planted") == "no") {
    return absent("the harness may not take a group more");
  }
  return refused(0, std::to_string(groups.size()) + " groups, no other");
}

Observation witness(Inside&) {
  std::vector<gid_t> groups;
  return own_groups(groups) ? works(std::to_string(groups.size()) + " groups")
                            : broken("getgroups: " + errno_name(errno));
}

bool plant(Outside& outside) {
  std::vector<gid_t> groups;
  if (!own_groups(groups)) return false;
  std::string before;
  for (const gid_t group : groups) before += std::to_string(group) + ",";
  outside.tell("before", before);
  groups.push_back(kPlanted);
  // Refused in a user namespace of one id.
  const bool planted = setgroups(groups.size(), groups.data()) == 0;
  outside.tell("planted", planted ? "yes" : "no");
  return true;
}

void clean(Outside& outside) {
  std::vector<gid_t> groups;
  for (const std::string& group : split(outside.told("before"), ',')) {
    groups.push_back(static_cast<gid_t>(number(group).value_or(0)));
  }
  static_cast<void>(setgroups(groups.size(), groups.data()));
}

const Register kProbe{{
    .id = "session/groups-exact",
    .claim = "The caller's groups do not arrive.",
    .watches = {"session", "userns"},
    .references = {"CVE-2022-36109", "CVE-2022-2989", "CVE-2022-2990",
                   "OCI process.user.additionalGids"},
    .remedy = "Set the groups of the spec, also where there are none.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::session_groups_exact
