// A record of no text: EINVAL, or nothing where auditing is off, but only past
// the permission check. It never reaches the log (Linux 5.6).
#include <linux/audit.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cstring>

#include "probes/support/capability.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_audit_write {
namespace {

// The error in the kernel's acknowledgement.
Called ask(int handle) {
  nlmsghdr message{};
  message.nlmsg_len = NLMSG_HDRLEN;
  message.nlmsg_type = AUDIT_USER;
  message.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  const timeval soon{1, 0};
  static_cast<void>(
      setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon));
  if (::send(handle, &message, message.nlmsg_len, 0) < 0) return called(-1);
  std::array<char, 512> answer{};
  const ssize_t got = recv(handle, answer.data(), answer.size(), 0);
  if (got < 0) return called(-1);
  nlmsgerr verdict{};
  if (static_cast<std::size_t>(got) < NLMSG_HDRLEN + sizeof verdict) {
    return {-1, EPROTO};
  }
  std::memcpy(&verdict, answer.data() + NLMSG_HDRLEN, sizeof verdict);
  return verdict.error == 0 ? Called{0, 0} : Called{-1, -verdict.error};
}

Observation attempt(Inside&) {
  const Called made =
      call(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
  if (made.error == EPROTONOSUPPORT && !filtered()) {
    return absent("this kernel has no audit");
  }
  if (!made.ok()) return observe(made, {}, "socket");
  const Called asked = ask(static_cast<int>(made.value));
  close(static_cast<int>(made.value));
  return observe(asked, {EINVAL}, "a record for the audit log");
}

const Register kProbe{{
    .id = "capabilities/audit-write",
    .claim = "Nothing can be written into the audit log.",
    .watches = {"capabilities", "userns"},
    .references = {"capabilities(7) CAP_AUDIT_WRITE", "Linux 5.6"},
    .remedy = "Drop CAP_AUDIT_WRITE.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_audit_write
