#include "probes/support/files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "probes/support/text.h"

namespace bulkhead::probes {

OwnFile::OwnFile(const Inside& inside, const std::string& name, mode_t mode)
    : path_(scratch(inside) + "/" + name + "-" + inside.nonce()),
      fd_(open(path_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600)),
      error_(errno) {
  // Whatever the umask is.
  if (fd_ >= 0 && fchmod(fd_, mode) != 0) {
    error_ = errno;
    close(fd_);
    unlink(path_.c_str());
    fd_ = -1;
  }
}

OwnFile::~OwnFile() {
  if (fd_ < 0) return;
  close(fd_);
  unlink(path_.c_str());
}

Observation OwnFile::trouble() const {
  return broken(path_ + ": " + errno_name(error_));
}

int open_foreign(const Inside& inside, int flags, Observation& why) {
  const std::string path = inside.spec("root") + "/fixtures/foreign";
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    why = broken(path + ": " + errno_name(errno));
    return -1;
  }
  if (status.st_uid == geteuid()) {
    why = absent("one id is all that can be mapped here: nobody else's file");
    return -1;
  }
  const Called opened = called(open(path.c_str(), flags | O_CLOEXEC));
  if (!opened.ok()) why = observe(opened, {}, "open somebody else's file");
  return static_cast<int>(opened.value);
}

}  // namespace bulkhead::probes
