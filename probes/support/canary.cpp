#include "probes/support/canary.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

#include "probes/support/child.h"
#include "probes/support/net.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes {

namespace {

// clone3 with set_tid (5.5): a number that a young pid namespace never gives.
pid_t fork_high(const std::string& nonce) {
  const auto seed = number(nonce.substr(0, 6), 16).value_or(0);
  for (unsigned i = 0; i < 64; ++i) {
    pid_t wanted = static_cast<pid_t>(20000 + (seed + i * 7919) % 10000);
    clone_args arguments{};
    arguments.exit_signal = SIGCHLD;
    arguments.set_tid = reinterpret_cast<std::uint64_t>(&wanted);
    arguments.set_tid_size = 1;
    const Called child = call(SYS_clone3, &arguments, sizeof arguments);
    if (child.ok()) return static_cast<pid_t>(child.value);
    if (child.error != EEXIST) return -1;
  }
  return -1;
}

bool drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> none{};
  return call(SYS_capset, &header, none.data()).ok();
}

[[noreturn]] void serve(int listener, const std::string& nonce) {
  while (true) {
    const int peer = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) continue;
    static_cast<void>(send(peer, nonce.data(), nonce.size(), MSG_NOSIGNAL));
    close(peer);
  }
}

[[noreturn]] void be_canary(const Outside& outside, int ready, int listener,
                            const std::function<bool()>& body) {
  const std::string nonce = outside.nonce();
  // Before all else: it takes the signal and the dumpable flag away.
  const auto gid = number(outside.spec("gid")).value_or(0);
  if (!call(SYS_setresgid, gid, gid, gid).ok()) _exit(1);
  close_all_but(ready, listener < 0 ? ready : listener);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NAME, canary_name(nonce).c_str());
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
  const bool good = (!body || body()) && drop_capabilities();
  prctl(PR_SET_DUMPABLE, 1);
  const char byte = good ? 'y' : 'n';
  if (write(ready, &byte, 1) != 1) _exit(1);
  close(ready);
  if (good && listener >= 0) serve(listener, nonce);
  while (true) pause();
}

bool start(Outside& outside, int listener, const std::function<bool()>& body) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  const pid_t child = fork_high(outside.nonce());
  if (child == 0) {
    close(ends[0]);
    be_canary(outside, ends[1], listener, body);
  }
  close(ends[1]);
  char byte = 'n';
  const bool told = child > 0 && read(ends[0], &byte, 1) == 1 && byte == 'y';
  close(ends[0]);
  if (child > 0) outside.tell("pid", std::to_string(child));
  return told;
}

}  // namespace

bool start_canary(Outside& outside, const std::function<bool()>& body) {
  return start(outside, -1, body);
}

bool start_server(Outside& outside, int listener) {
  const bool started = start(outside, listener, {});
  close(listener);
  return started;
}

bool start_loopback_server(Outside& outside, int family) {
  if (!bring_loopback_up()) return false;
  socklen_t length = 0;
  sockaddr_storage address = loopback(family, 0, length);
  const int listener = listen_on(&address, length);
  if (listener < 0) return false;
  if (getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) !=
      0) {
    close(listener);
    return false;
  }
  // The port stands in the same place in both.
  const auto& bound = reinterpret_cast<const sockaddr_in&>(address);
  outside.tell("port", std::to_string(ntohs(bound.sin_port)));
  return start_server(outside, listener);
}

Observation connect_to_loopback(const Inside& inside, int family) {
  const auto port = number(inside.planted("port"));
  if (!port) return broken("no planted port");
  socklen_t length = 0;
  const sockaddr_storage address =
      loopback(family, static_cast<unsigned>(*port), length);
  const char* const host = family == AF_INET6 ? "[::1]:" : "127.0.0.1:";
  return connect_to(&address, length, inside.nonce(),
                    host + std::to_string(*port));
}

void stop_canary(Outside& outside) {
  const auto pid = number(outside.told("pid"));
  if (!pid || *pid < 2) return;
  kill(static_cast<pid_t>(*pid), SIGKILL);
  wait_for(static_cast<pid_t>(*pid));
  outside.tell("pid", "");
}

std::string canary_name(const std::string& nonce) {
  return nonce.substr(0, 15);
}

bool plant_file(Outside& outside, const std::string& name, unsigned mode) {
  const std::string path = outside.directory() + "/" + name;
  outside.tell("path", path);
  return spill(path, outside.nonce() + "\n", mode);
}

void remove_file(Outside& outside) {
  const std::string path = outside.told("path");
  if (!path.empty()) unlink(path.c_str());
}

}  // namespace bulkhead::probes
