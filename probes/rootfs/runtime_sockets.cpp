// Sockets of those who start containers: whoever reaches one owns the host.
// One more stands in the crash box, where engines have theirs.
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "probes/support/canary.h"
#include "probes/support/net.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_runtime_sockets {
namespace {

constexpr const char* kPlanted = "/run/docker.sock";
constexpr std::array kSockets = {kPlanted,
                                 "/var/run/docker.sock",
                                 "/run/containerd/containerd.sock",
                                 "/run/crio/crio.sock",
                                 "/run/podman/podman.sock",
                                 "/run/buildkit/buildkitd.sock",
                                 "/run/systemd/private",
                                 "/run/dbus/system_bus_socket",
                                 "/run/snapd.socket"};

sockaddr_un address_of(const char* path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  return address;
}

Observation attempt(Inside& inside) {
  Tally tally;
  for (const char* path : kSockets) {
    const sockaddr_un address = address_of(path);
    tally.add(path, connect_to(&address, sizeof address, inside.nonce(), path));
  }
  return tally.result();
}

Observation witness(Inside&) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return broken("socketpair: " + errno_name(errno));
  }
  close(ends[0]);
  close(ends[1]);
  return works("own unix sockets");
}

bool plant(Outside& outside) {
  const sockaddr_un address = address_of(kPlanted);
  const int listener = listen_on(&address, sizeof address);
  if (listener < 0) return false;
  outside.tell("path", kPlanted);
  return chmod(kPlanted, 0666) == 0 && start_server(outside, listener);
}

void clean(Outside& outside) {
  stop_canary(outside);
  remove_file(outside);
}

const Register kProbe{{
    .id = "rootfs/runtime-sockets",
    .claim = "No socket of a container engine or of the host's services can "
             "be reached.",
    .watches = {"rootfs"},
    .references = {"CIS Docker 5.32", "unix(7)"},
    .remedy = "Do not bind the host's /run or its sockets.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
    .by_absence = true,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_runtime_sockets
