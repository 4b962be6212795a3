// Where a pool listens: a socket file that its own user may open.
#pragma once

#include <sys/types.h>

#include <string>

#include "runtime/base/fd.h"
#include "runtime/base/result.h"

namespace bulkhead::cli {

[[nodiscard]] Result<Fd> connect_to_pool(const std::string& path);

/// A listening socket; its file goes with it.
class PoolSocket {
 public:
  /// Makes `path`, mode 0600. A socket file that nobody listens at any more is
  /// replaced; an error where somebody does, or where it is something else.
  [[nodiscard]] static Result<PoolSocket> listen_at(const std::string& path);
  PoolSocket(PoolSocket&&) noexcept = default;
  PoolSocket& operator=(PoolSocket&&) = delete;
  PoolSocket(const PoolSocket&) = delete;
  PoolSocket& operator=(const PoolSocket&) = delete;
  ~PoolSocket();

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// The next client; no descriptor: there is none any more. An error where
  /// this process can have no more descriptors, or the like.
  [[nodiscard]] Result<Fd> accept() const;

 private:
  PoolSocket() = default;
  std::string path_;
  Fd fd_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

/// Fails for a client that is neither this process's own user nor root.
[[nodiscard]] Status check_peer(int socket);

}  // namespace bulkhead::cli
