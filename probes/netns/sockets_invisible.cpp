// The tables of sockets: /proc/net and sock_diag(7). A listener and an
// abstract name outside, both known to the probe, must be in none.
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>

#include <array>
#include <cstdio>

#include "probes/support/canary.h"
#include "probes/support/net.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::netns_sockets_invisible {
namespace {

struct Question {
  nlmsghdr header{};
  unix_diag_req body{};
};

Observation look_in(const char* table, const std::string& mark) {
  const auto text = slurp(table, 4 << 20);
  if (!text) return refused(errno);
  return text->find(mark) == std::string::npos ? refused(ENOENT)
                                               : reached("shows it");
}

// Every unix socket that the kernel tells of, with its name.
Observation ask_diag(const std::string& mark) {
  const int link =
      socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (link < 0) return observe(called(-1), {}, "socket");
  Question question;
  question.header.nlmsg_len = sizeof question;
  question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  question.body.sdiag_family = AF_UNIX;
  question.body.udiag_states = ~0U;
  question.body.udiag_show = UDIAG_SHOW_NAME;
  Observation seen = refused(ENOENT);
  std::array<char, 16384> block{};
  ssize_t got = ::send(link, &question, sizeof question, 0);
  for (bool done = got < 0; !done;) {
    got = recv(link, block.data(), block.size(), 0);
    if (got <= 0) break;
    const std::string text(block.data(), static_cast<std::size_t>(got));
    if (text.find(mark) != std::string::npos) seen = reached("shows it");
    const auto* header = reinterpret_cast<const nlmsghdr*>(block.data());
    done =
        header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR;
    if (header->nlmsg_type == NLMSG_ERROR) {
      seen = absent("unix sockets are not told of");
    }
  }
  close(link);
  return seen;
}

std::string mark_of(const std::string& nonce) { return "diag-" + nonce; }

Observation attempt(Inside& inside) {
  const auto port = number(inside.planted("port"));
  if (!port) return broken("no planted port");
  std::array<char, 24> local{};
  std::snprintf(local.data(), local.size(), "0100007F:%04X",
                static_cast<unsigned>(*port));
  const std::string mark = mark_of(inside.nonce());
  Tally tally;
  tally.add("/proc/net/tcp", look_in("/proc/net/tcp", local.data()));
  tally.add("/proc/net/unix", look_in("/proc/net/unix", mark));
  tally.add("sock_diag", ask_diag(mark));
  return tally.result();
}

Observation witness(Inside&) {
  return slurp("/proc/net/unix", 64)
             ? works("/proc/net/unix can be read")
             : broken("/proc/net/unix: " + errno_name(errno));
}

bool bind_name(const std::string& nonce) {
  socklen_t length = 0;
  const sockaddr_un address = abstract_address(mark_of(nonce), length);
  return listen_on(&address, length) >= 0;
}

bool plant(Outside& outside) {
  if (!bring_loopback_up()) return false;
  socklen_t length = 0;
  sockaddr_storage address = loopback(AF_INET, 0, length);
  const int listener = listen_on(&address, length);
  if (listener < 0) return false;
  outside.tell("fd", std::to_string(fcntl(listener, F_DUPFD_CLOEXEC, 3)));
  const bool named =
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) ==
      0;
  close(listener);
  const auto& bound = reinterpret_cast<const sockaddr_in&>(address);
  outside.tell("port", std::to_string(ntohs(bound.sin_port)));
  const std::string nonce = outside.nonce();
  return named && start_canary(outside, [nonce] { return bind_name(nonce); });
}

void clean(Outside& outside) {
  stop_canary(outside);
  if (const auto fd = number(outside.told("fd"))) {
    close(static_cast<int>(*fd));
  }
}

const Register kProbe{{
    .id = "netns/sockets-invisible",
    .claim = "The host's sockets are in no table that can be read.",
    .watches = {"netns"},
    .references = {"sock_diag(7)", "proc_pid_net(5)", "network_namespaces(7)"},
    .remedy = "Ask for a new network namespace.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
}};

}  // namespace
}  // namespace bulkhead::probes::netns_sockets_invisible
