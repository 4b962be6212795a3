// Directories of the host that give the host away, known again by their device
// and inode, whatever the path at which they are mounted here.
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_no_host_directory {
namespace {

constexpr std::array kSensitive = {
    "/",    "/etc", "/root",    "/home",    "/boot",
    "/usr", "/var", "/var/lib", "/var/log", "/run",
    "/tmp", "/dev", "/proc",    "/sys",     "/sys/fs/cgroup"};

// "device:inode"; empty if there is no such directory.
std::string identity(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return {};
  return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

Observation attempt(Inside& inside) {
  const auto host = split(inside.planted("host"), ',');
  if (host.empty()) return broken("no planted directories");
  const auto table = mount_table();
  if (table.empty()) return broken("no mount table: " + errno_name(errno));
  std::string found;
  for (const MountLine& mount : table) {
    const std::string own = identity(mount.mount_point);
    if (!own.empty() && std::ranges::find(host, own) != host.end()) {
      found += " " + mount.mount_point;
    }
  }
  return found.empty() ? refused(0, std::to_string(table.size()) +
                                        " mounts, none of a host directory")
                       : reached("of the host:" + found);
}

Observation witness(Inside&) {
  return identity("/").empty() ? broken("stat /: " + errno_name(errno))
                               : works("stat /");
}

bool plant(Outside& outside) {
  std::string host;
  for (const char* path : kSensitive) {
    const std::string own = identity(path);
    if (!own.empty()) host += own + ",";
  }
  outside.tell("host", host);
  return !host.empty();
}

const Register kProbe{{
    .id = "rootfs/no-host-directory",
    .claim = "None of the host's system directories is mounted.",
    .watches = {"rootfs"},
    .references = {"CIS Docker 5.5", "NIST SP 800-190 4.4.4"},
    .remedy = "Mount file systems of the container's own; bind only "
              "directories that hold nothing of the host's.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .by_absence = true,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_no_host_directory
