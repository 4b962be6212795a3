// Joined, never read from.
#include <linux/audit.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include "probes/support/capability.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_audit_read {
namespace {

Observation attempt(Inside&) {
  const Called made =
      call(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
  if (made.error == EPROTONOSUPPORT && !filtered()) {
    return absent("this kernel has no audit");
  }
  if (!made.ok()) return observe(made, {}, "socket");
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = 1U << (AUDIT_NLGRP_READLOG - 1);
  const Called joined =
      call(SYS_bind, made.value, &address, socklen_t{sizeof address});
  close(static_cast<int>(made.value));
  return observe(joined, {}, "joining the audit log's readers");
}

const Register kProbe{{
    .id = "capabilities/audit-read",
    .claim = "The audit log cannot be read.",
    .watches = {"capabilities", "userns"},
    .references = {"capabilities(7) CAP_AUDIT_READ", "Linux 3.16"},
    .remedy = "Drop CAP_AUDIT_READ.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_audit_read
