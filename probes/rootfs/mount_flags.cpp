// The flags that the spec asks for, as statvfs(3) shows them in force.
#include <sys/statvfs.h>

#include <cerrno>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_mount_flags {
namespace {

unsigned long bit_of(const std::string& flag) {
  if (flag == "ro") return ST_RDONLY;
  if (flag == "nosuid") return ST_NOSUID;
  if (flag == "nodev") return ST_NODEV;
  if (flag == "noexec") return ST_NOEXEC;
  return 0;
}

std::string missing(unsigned long have, const std::string& flags) {
  std::string lost;
  for (const std::string& flag : split(flags, ',')) {
    if (bit_of(flag) != 0 && (have & bit_of(flag)) == 0) lost += " " + flag;
  }
  return lost;
}

Observation attempt(Inside& inside) {
  if (inside.spec("mounts").empty()) {
    return fact_missing("mounts");
  }
  Tally tally;
  for (const std::string& line : split(inside.spec("mounts"), ';')) {
    const auto words = split(line, ':');
    if (words.size() < 3) continue;  // No flags asked for.
    const std::string path =
        words[1] == "rootfs" ? inside.spec("root") + "/" : words[0];
    struct statvfs status {};
    if (statvfs(path.c_str(), &status) != 0) {
      tally.add(words[0], refused(errno));
      continue;
    }
    const std::string lost = missing(status.f_flag, words[2]);
    tally.add(words[0],
              lost.empty() ? refused(0, words[2]) : reached("lacks" + lost));
  }
  return tally.result();
}

Observation witness(Inside&) {
  struct statvfs status {};
  return statvfs("/", &status) == 0 ? works("statvfs /")
                                    : broken("statvfs /: " + errno_name(errno));
}

const Register kProbe{{
    .id = "rootfs/mount-flags",
    .claim = "Every mount has the flags that were asked for.",
    .watches = {"rootfs"},
    .references = {"OCI mounts: options", "CVE-2014-5207", "mount(8)"},
    .remedy = "Set the flags of each mount and read them back.",
    .attempt = attempt,
    .witness = witness,
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_mount_flags
