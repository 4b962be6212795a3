// A network interface that the harness made outside must not be seen.
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::netns_interfaces_own {
namespace {

// One rtnetlink request: ifinfomsg plus attributes, at most a few dozen bytes.
struct Request {
  nlmsghdr header{};
  ifinfomsg link{};
  std::array<char, 256> attributes{};

  rtattr* add(unsigned short type, const void* data, std::size_t size) {
    auto* attribute = reinterpret_cast<rtattr*>(reinterpret_cast<char*>(this) +
                                                NLMSG_ALIGN(header.nlmsg_len));
    attribute->rta_type = type;
    attribute->rta_len = static_cast<unsigned short>(RTA_LENGTH(size));
    if (size > 0) std::memcpy(RTA_DATA(attribute), data, size);
    header.nlmsg_len =
        NLMSG_ALIGN(header.nlmsg_len) + RTA_ALIGN(attribute->rta_len);
    return attribute;
  }
};

// 0 or the errno with which the kernel answered.
int ask(Request& request, unsigned short type, unsigned short flags) {
  const int link = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (link < 0) return errno;
  request.header.nlmsg_type = type;
  request.header.nlmsg_flags =
      static_cast<unsigned short>(NLM_F_REQUEST | NLM_F_ACK | flags);
  int error = EIO;
  std::array<char, 1024> answer{};
  if (::send(link, &request, request.header.nlmsg_len, 0) > 0 &&
      ::recv(link, answer.data(), answer.size(), 0) > 0) {
    const auto* header = reinterpret_cast<const nlmsghdr*>(answer.data());
    if (header->nlmsg_type == NLMSG_ERROR) {
      error = -reinterpret_cast<const nlmsgerr*>(NLMSG_DATA(header))->error;
    }
  }
  close(link);
  return error;
}

int make_link(const std::string& name, const std::string& kind) {
  Request request;
  request.header.nlmsg_len = NLMSG_LENGTH(sizeof(ifinfomsg));
  request.add(IFLA_IFNAME, name.c_str(), name.size() + 1);
  rtattr* info = request.add(IFLA_LINKINFO, nullptr, 0);
  const rtattr* inner =
      request.add(IFLA_INFO_KIND, kind.c_str(), kind.size() + 1);
  info->rta_len =
      static_cast<unsigned short>(info->rta_len + RTA_ALIGN(inner->rta_len));
  return ask(request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
}

Observation attempt(Inside& inside) {
  const std::string name = inside.planted("name");
  if (name.empty()) return broken("no planted interface");
  const unsigned index = if_nametoindex(name.c_str());
  if (index != 0) {
    return reached("the host's interface " + name + " is number " +
                   std::to_string(index));
  }
  if (errno != ENODEV) return observe(called(-1), {}, "if_nametoindex");
  if (access(("/sys/class/net/" + name).c_str(), F_OK) == 0) {
    return reached("/sys/class/net shows the host's " + name);
  }
  return refused(ENODEV, "no interface " + name);
}

Observation witness(Inside&) {
  return if_nametoindex("lo") != 0
             ? works("lo is there")
             : broken("if_nametoindex(lo): " + errno_name(errno));
}

/// It ends with the box: to remove it takes a grace period of RCU or two.
bool plant(Outside& outside) {
  const std::string name = "bh" + outside.nonce().substr(0, 10);
  for (const char* kind : {"dummy", "bridge", "veth"}) {
    if (make_link(name, kind) != 0) continue;
    outside.tell("name", name);
    return true;
  }
  return false;
}

const Register kProbe{{
    .id = "netns/interfaces-own",
    .claim = "The host's network interfaces are not there.",
    .watches = {"netns"},
    .references = {"network_namespaces(7)", "rtnetlink(7)"},
    .remedy = "Ask for a new network namespace and mount a new sysfs in it.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
}};

}  // namespace
}  // namespace bulkhead::probes::netns_interfaces_own
