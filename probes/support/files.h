// Files to try things on: one of our own, and one of somebody else's.
#pragma once

#include <sys/types.h>

#include <string>

#include "probes/support/try.h"

namespace bulkhead::probes {

/// A new file of our own below the fact "scratch", gone with this object.
class OwnFile {
 public:
  OwnFile(const Inside& inside, const std::string& name, mode_t mode);
  OwnFile(const OwnFile&) = delete;
  OwnFile& operator=(const OwnFile&) = delete;
  ~OwnFile();

  /// Open for reading and writing, or -1.
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Why there is none.
  [[nodiscard]] Observation trouble() const;

 private:
  std::string path_;
  int fd_;
  int error_;
};

/// The fixture that belongs to another user of the container. Its descriptor,
/// or -1 and in `why` the reason.
[[nodiscard]] int open_foreign(const Inside& inside, int flags,
                               Observation& why);

}  // namespace bulkhead::probes
