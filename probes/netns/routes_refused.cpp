// Routes and packet filters: a route that is not there is deleted, and a
// message goes to no subsystem. Past the permission check both fail.
#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "probes/support/try.h"

namespace bulkhead::probes::netns_routes_refused {
namespace {

// A network for documentation (RFC 5737): nobody routes it.
constexpr const char* kNowhere = "192.0.2.0";
constexpr unsigned char kPrefix = 24;

// 0 or the errno with which the kernel answered.
Called ask(int protocol, const void* request, std::size_t size) {
  const int link = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
  if (link < 0) return called(-1);
  int error = EIO;
  std::array<char, 1024> answer{};
  if (::send(link, request, size, 0) > 0 &&
      recv(link, answer.data(), answer.size(), 0) > 0) {
    const auto* header = reinterpret_cast<const nlmsghdr*>(answer.data());
    if (header->nlmsg_type == NLMSG_ERROR) {
      error = -reinterpret_cast<const nlmsgerr*>(NLMSG_DATA(header))->error;
    }
  }
  close(link);
  return {error == 0 ? 0 : -1, error};
}

Observation delete_route() {
  struct {
    nlmsghdr header{};
    rtmsg route{};
    rtattr attribute{};
    in_addr destination{};
  } request;
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = RTM_DELROUTE;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  request.route.rtm_family = AF_INET;
  request.route.rtm_dst_len = kPrefix;
  request.route.rtm_table = RT_TABLE_MAIN;
  request.attribute.rta_type = RTA_DST;
  request.attribute.rta_len = RTA_LENGTH(sizeof request.destination);
  inet_pton(AF_INET, kNowhere, &request.destination);
  return observe(ask(NETLINK_ROUTE, &request, sizeof request), {ESRCH},
                 "RTM_DELROUTE");
}

Observation ask_netfilter() {
  struct {
    nlmsghdr header{};
    nfgenmsg message{};
  } request;
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = NFNL_SUBSYS_NONE << 8;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  const Called asked = ask(NETLINK_NETFILTER, &request, sizeof request);
  if (asked.error == EPROTONOSUPPORT) return absent("netfilter's netlink");
  return observe(asked, {EINVAL, EOPNOTSUPP}, "netfilter");
}

Observation attempt(Inside&) {
  Tally tally;
  tally.add("route", delete_route());
  tally.add("netfilter", ask_netfilter());
  return tally.result();
}

Observation witness(Inside&) {
  const int link = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (link < 0) return broken("netlink: " + errno_name(errno));
  close(link);
  return works("a netlink socket");
}

const Register kProbe{{
    .id = "netns/routes-refused",
    .claim = "Neither routes nor packet filters can be changed.",
    .watches = {"netns", "userns", "capabilities"},
    .references = {"rtnetlink(7)", "capabilities(7) CAP_NET_ADMIN",
                   "CVE-2022-34918", "CVE-2024-1086"},
    .remedy = "Ask for a new network namespace and drop CAP_NET_ADMIN.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::netns_routes_refused
