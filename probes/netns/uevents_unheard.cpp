// The kernel's announcements of devices. While the probe listens, somebody
// outside makes the kernel announce the crash box's own lo once more.
#include <fcntl.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <array>

#include "probes/support/bystander.h"
#include "probes/support/try.h"

namespace bulkhead::probes::netns_uevents_unheard {
namespace {

constexpr const char* kTrigger = "/sys/class/net/lo/uevent";

int listen_to_kernel() {
  const int link = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                          NETLINK_KOBJECT_UEVENT);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = 1;
  if (link >= 0 && bind(link, reinterpret_cast<const sockaddr*>(&address),
                        sizeof address) != 0) {
    const int error = errno;
    close(link);
    errno = error;
    return -1;
  }
  return link;
}

Observation attempt(Inside& inside) {
  const int link = listen_to_kernel();
  if (link < 0) return observe(called(-1), {}, "listening to the kernel");
  const auto announced = ask_bystander(inside);
  const int error = errno;
  std::array<char, 256> message{};
  // It is there before the bystander has answered, or it never comes.
  const ssize_t got = recv(link, message.data(), message.size() - 1, 0);
  close(link);
  if (got > 0) return reached(std::string("heard ") + message.data());
  if (!announced) return broken("the bystander: " + errno_name(error));
  if (*announced != "announced") return broken("the bystander: " + *announced);
  return refused(0, "nothing was heard");
}

Observation witness(Inside&) {
  const int link = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (link < 0) return broken("netlink: " + errno_name(errno));
  close(link);
  return works("a netlink socket");
}

bool plant(Outside& outside) {
  return start_bystander(
      outside, [](const ucred&, const std::string&) -> std::string {
        constexpr std::string_view kWord = "change";
        const int fd = open(kTrigger, O_WRONLY | O_CLOEXEC);
        const bool wrote = fd >= 0 && write(fd, kWord.data(), kWord.size()) ==
                                          static_cast<ssize_t>(kWord.size());
        const int error = errno;
        if (fd >= 0) close(fd);
        return wrote ? "announced" : errno_name(error);
      });
}

const Register kProbe{{
    .id = "netns/uevents-unheard",
    .claim = "The kernel's announcements of the host's devices are not heard.",
    .watches = {"netns"},
    .references = {"netlink(7) NETLINK_KOBJECT_UEVENT",
                   "network_namespaces(7)"},
    .remedy = "Ask for a new network namespace.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = stop_bystander,
}};

}  // namespace
}  // namespace bulkhead::probes::netns_uevents_unheard
