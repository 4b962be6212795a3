// A page of a file, spliced into a pipe, must not be written through the pipe.
// The file is the probe's own, and thrown away.
#include <fcntl.h>

#include <array>
#include <string>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_page_cache_intact {
namespace {

constexpr std::size_t kPage = 4096;

// Every buffer of the pipe used once, as a careless kernel remembers.
bool use_up(const std::array<int, 2>& ends) {
  std::string block(kPage, 'p');
  const int size = fcntl(ends[1], F_GETPIPE_SZ);
  for (int done = 0; done < size; done += static_cast<int>(kPage)) {
    if (write(ends[1], block.data(), kPage) != static_cast<ssize_t>(kPage)) {
      return false;
    }
  }
  for (int done = 0; done < size; done += static_cast<int>(kPage)) {
    if (read(ends[0], block.data(), kPage) != static_cast<ssize_t>(kPage)) {
      return false;
    }
  }
  return size > 0;
}

Observation splice_and_write(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::array<int, 2> ends{};
  if (file < 0 || pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    return broken("no file or no pipe: " + errno_name(errno));
  }
  loff_t offset = 0;
  const bool ready = use_up(ends) &&
                     splice(file, &offset, ends[1], nullptr, 1, 0) == 1 &&
                     write(ends[1], "changed", 7) == 7;
  const int error = errno;
  for (const int fd : {file, ends[0], ends[1]}) close(fd);
  if (!ready) return broken("splice: " + errno_name(error));
  const std::string after = slurp(path, kPage).value_or("");
  return after == std::string(kPage, 'f')
             ? absent("the fault: a spliced page cannot be written")
             : reached("a file opened read-only was changed");
}

Observation attempt(Inside& inside) {
  const std::string path = scratch(inside) + "/page-" + inside.nonce();
  if (!spill(path, std::string(kPage, 'f'), 0600)) {
    return broken("write " + path + ": " + errno_name(errno));
  }
  Observation seen = splice_and_write(path);
  unlink(path.c_str());
  return seen;
}

Observation witness(Inside& inside) {
  const std::string path = scratch(inside) + "/own-" + inside.nonce();
  const bool wrote = spill(path, "x", 0600);
  const int error = errno;
  unlink(path.c_str());
  return wrote ? works("own file written")
               : broken(path + ": " + errno_name(error));
}

const Register kProbe{{
    .id = "rootfs/page-cache-intact",
    .claim = "A file that may only be read cannot be changed in the page "
             "cache.",
    .watches = {"rootfs"},
    .references = {"CVE-2022-0847", "splice(2)"},
    .remedy = "Update the kernel: no boundary contains this.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_page_cache_intact
