// Whoever owns a namespace has power over it. The kernel tells the owner
// (NS_GET_USERNS), or EPERM when it lies outside.
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <array>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::userns_namespaces_owned {
namespace {

constexpr std::array kNames = {"pid", "mnt",    "net", "ipc",
                               "uts", "cgroup", "time"};

std::string path_of(const std::string& name) { return "/proc/self/ns/" + name; }

// "user:[4026531837]" of the owner; empty (errno set) if it is not told.
std::string owner_of(const std::string& name) {
  const int fd = open(path_of(name).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const int owner = ioctl(fd, NS_GET_USERNS);
  int error = errno;
  std::string text;
  struct stat status {};
  if (owner >= 0 && fstat(owner, &status) == 0) {
    text = "user:[" + std::to_string(status.st_ino) + "]";
  }
  if (owner >= 0) close(owner);
  close(fd);
  errno = error;
  return text;
}

Observation look(Inside& inside, const std::string& name) {
  const std::string own = link_target(path_of(name));
  const std::string outer = inside.planted(name);
  // Another probe's business.
  if (own.empty() || own == outer) return absent(name + " is the host's");
  const std::string owner = owner_of(name);
  if (owner.empty()) {
    return errno == EPERM ? reached("owned from outside")
                          : broken(errno_name(errno));
  }
  return owner == inside.planted("user")
             ? reached("owned by the host's " + owner)
             : refused(0, "owned by " + owner);
}

Observation attempt(Inside& inside) {
  if (inside.planted("user").empty()) return broken("no planted namespaces");
  Tally tally;
  if (link_target(path_of("user")) == inside.planted("user")) {
    tally.add("user", reached("is the host's"));
  }
  for (const char* name : kNames) tally.add(name, look(inside, name));
  return tally.result();
}

Observation witness(Inside&) {
  return link_target(path_of("user")).empty()
             ? broken("own user namespace: " + errno_name(errno))
             : works("own user namespace can be named");
}

bool plant(Outside& outside) {
  outside.tell("user", link_target(path_of("user")));
  for (const char* name : kNames) {
    outside.tell(name, link_target(path_of(name)));
  }
  return true;
}

const Register kProbe{{
    .id = "userns/namespaces-owned",
    .claim = "No new namespace of the container belongs to the host's user "
             "namespace.",
    .watches = {"userns"},
    .references = {"ioctl_ns(2) NS_GET_USERNS", "user_namespaces(7)",
                   "Linux 4.9"},
    .remedy = "Make the user namespace first, or together with the others.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
}};

}  // namespace
}  // namespace bulkhead::probes::userns_namespaces_owned
