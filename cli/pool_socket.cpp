#include "cli/pool_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace bulkhead::cli {
namespace {

constexpr mode_t kAllButOwner = 0177;

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return fail(
        "pool: a socket's path of " + std::to_string(path.size()) + " bytes", 0,
        "it has 1 to " + std::to_string(sizeof address.sun_path - 1) +
            " (unix(7)): give a shorter one",
        ErrorKind::kUsage);
  }
  memcpy(address.sun_path, path.data(), path.size());
  return address;
}

Result<Fd> new_socket() {
  Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!socket) return fail("pool: socket", errno);
  return socket;
}

template <typename Call>
int with_address(Call call, int fd, const sockaddr_un& address) {
  return call(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

}  // namespace

Result<Fd> connect_to_pool(const std::string& path) {
  const Result<sockaddr_un> address = address_of(path);
  if (!address) return tl::unexpected(address.error());
  Result<Fd> socket = new_socket();
  if (!socket) return socket;
  if (with_address(::connect, socket->get(), *address) != 0) {
    const int error = errno;
    return fail("run --pool " + path, error,
                error == ENOENT || error == ECONNREFUSED
                    ? "no pool listens there: bulkhead pool --listen " + path +
                          " --rootfs DIR -- COMMAND"
                    : "");
  }
  return socket;
}

Result<PoolSocket> PoolSocket::listen_at(const std::string& path) {
  const Result<sockaddr_un> address = address_of(path);
  if (!address) return tl::unexpected(address.error());
  const Result<Fd> other = connect_to_pool(path);
  if (other) {
    return fail("pool --listen " + path + ": another pool listens there", 0,
                "give another path", ErrorKind::kUsage);
  }
  const bool nobody = other.error().errno_value == ECONNREFUSED;
  struct stat status {};
  if (nobody && lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) {
    unlink(path.c_str());
  }
  PoolSocket listening;
  Result<Fd> socket = new_socket();
  if (!socket) return tl::unexpected(socket.error());
  listening.fd_ = std::move(*socket);
  const mode_t before = umask(kAllButOwner);
  const int bound = with_address(::bind, listening.fd_.get(), *address);
  const int error = errno;
  umask(before);
  if (bound != 0) {
    return fail("pool --listen " + path, error,
                error == EADDRINUSE ? "it is there: give another path" : "",
                ErrorKind::kUsage);
  }
  if (lstat(path.c_str(), &status) != 0) return fail("pool: " + path, errno);
  listening.path_ = path;
  listening.device_ = status.st_dev;
  listening.inode_ = status.st_ino;
  if (listen(listening.fd_.get(), SOMAXCONN) != 0) {
    return fail("pool: listen", errno);
  }
  return listening;
}

PoolSocket::~PoolSocket() {
  struct stat status {};
  // Another pool's by now, or nobody's.
  if (!fd_ || lstat(path_.c_str(), &status) != 0 || status.st_dev != device_ ||
      status.st_ino != inode_) {
    return;
  }
  unlink(path_.c_str());
}

Result<Fd> PoolSocket::accept() const {
  Fd client(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (client) return client;
  // It has gone before it was its turn.
  if (errno == ECONNABORTED || errno == EINTR || errno == EAGAIN) return Fd();
  return fail("pool: accept", errno);
}

Status check_peer(int socket) {
  ucred peer{};
  socklen_t length = sizeof peer;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) {
    return fail("pool: SO_PEERCRED", errno);
  }
  if (peer.uid == 0 || peer.uid == geteuid()) return {};
  return fail("pool: it serves uid " + std::to_string(geteuid()) +
              " and root, not uid " + std::to_string(peer.uid));
}

}  // namespace bulkhead::cli
