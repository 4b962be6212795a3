#include "runtime/spec/config_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "runtime/base/fd.h"
#include "runtime/spec/oci.h"

namespace bulkhead {

Result<std::string> read_config_file(const std::string& path) {
  // O_NONBLOCK: a FIFO of that name must not hold us.
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return fail("open " + path, errno);
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) return fail("fstat " + path, errno);
  if (!S_ISREG(status.st_mode)) return fail(path + " is not a regular file");
  // One byte more than there should be: it may have grown, and a file of /proc
  // does not say how long it is.
  constexpr std::size_t kMost = kMaxConfigBytes + 1;
  std::string text(
      std::min(static_cast<std::size_t>(status.st_size) + 1, kMost), '\0');
  std::size_t size = 0;
  while (size < kMost) {
    if (size == text.size()) text.resize(std::min(2 * size, kMost));
    const ssize_t got = read(fd.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail("read " + path, errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > kMaxConfigBytes) {
    return fail(path + " is larger than " + std::to_string(kMaxConfigBytes) +
                " bytes");
  }
  text.resize(size);
  return text;
}

}  // namespace bulkhead
