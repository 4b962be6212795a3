// Who loses a group gains what is closed to that group. What the kernel says is
// tried, too: without CAP_CHOWN the owner of a file may give it to the groups
// that he is in, and to no other.
#include <grp.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "probes/support/files.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::session_groups_kept {
namespace {

bool listed(gid_t wanted) {
  std::vector<gid_t> groups(1024);
  const int count = getgroups(static_cast<int>(groups.size()), groups.data());
  groups.resize(static_cast<std::size_t>(std::max(count, 0)));
  return std::ranges::find(groups, wanted) != groups.end();
}

Observation attempt(Inside& inside) {
  const auto asked = split(inside.spec("groups"), ',');
  if (asked.empty()) return absent("no other group can be given here");
  const OwnFile file(inside, "groups", 0600);
  if (file.fd() < 0) return file.trouble();
  Tally tally;
  for (const std::string& text : asked) {
    const auto group = number(text);
    if (!group) return broken("not understood: groups " + text);
    const auto gid = static_cast<gid_t>(*group);
    if (!listed(gid)) {
      tally.add("group " + text, reached("not in it"));
      continue;
    }
    const bool member = fchown(file.fd(), static_cast<uid_t>(-1), gid) == 0;
    tally.add(
        "group " + text,
        member ? refused(0, "kept")
               : reached("lost: to give a file to it is " + errno_name(errno)));
  }
  return tally.result();
}

Observation witness(Inside& inside) {
  const OwnFile file(inside, "groups-own", 0600);
  if (file.fd() < 0) return file.trouble();
  return fchown(file.fd(), static_cast<uid_t>(-1), getgid()) == 0
             ? works("an own file can be given to the own group")
             : broken("fchown: " + errno_name(errno));
}

const Register kProbe{{
    .id = "session/groups-kept",
    .claim = "The workload is in the groups that were asked for: what is "
             "closed to them is closed to it.",
    .watches = {"session"},
    .references = {"CVE-2014-8989", "CVE-2018-7169",
                   "OCI process.user.additionalGids"},
    .remedy = "Set all groups of the spec.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::session_groups_kept
