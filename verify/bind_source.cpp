#include "verify/bind_source.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/base/fd.h"
#include "verify/box_dev.h"

namespace bulkhead::verify {
namespace {

/// Permission bits that keep nobody out: what stops a writer is the mount.
Status make_open_mount(const std::string& directory, const std::string& nonce) {
  if (auto made = make_directory(directory); !made) return made;
  if (auto done = mount_new("tmpfs", directory, MS_NOSUID | MS_NODEV,
                            "mode=777,size=256k");
      !done) {
    return done;
  }
  const std::string path = directory + "/plain";
  const std::string line = nonce + "\n";
  const Fd file(
      open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666));
  if (!file || fchmod(file.get(), 0666) != 0 ||
      write(file.get(), line.data(), line.size()) !=
          static_cast<ssize_t>(line.size())) {
    return fail("write " + path, errno);
  }
  return {};
}

}  // namespace

Status build_bind_source(const std::string& directory,
                         const std::string& nonce) {
  if (auto made = make_open_mount(directory, nonce); !made) {
    return within("bind source", made.error());
  }
  if (mount(nullptr, directory.c_str(), nullptr, MS_SHARED, nullptr) != 0) {
    return fail("bind source: share " + directory, errno);
  }
  if (auto made = make_open_mount(directory + "/below", nonce); !made) {
    return within("bind source", made.error());
  }
  return {};
}

}  // namespace bulkhead::verify
