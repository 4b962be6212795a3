#include "probes/support/disk_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "probes/support/bystander.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes {

namespace {

// Directories of the machine's that the crash box does not replace.
constexpr const char* kDiskPlaces[] = {"/var/tmp", "/", "/var", "/home",
                                       "/root"};
constexpr std::size_t kTried = 1 << 20;

// A file without a name in `directory`, or -1 (errno set).
int unnamed_file(const std::string& directory) {
  const int fd = open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return fd;
  // Before 6.3 an overlay has none.
  std::string name = directory + "/bulkhead.XXXXXX";
  const int named = mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) unlink(name.c_str());
  return named;
}

// Blocks that are on the disk and no longer in memory. 0 or an errno.
int write_all(int fd, std::size_t bytes) {
  const std::vector<char> block(64 << 10, 'b');
  for (std::size_t done = 0; done < bytes; done += block.size()) {
    if (write(fd, block.data(), block.size()) < 0) return errno;
  }
  return fsync(fd) == 0 ? 0 : errno;
}

// What is read must stay, and go when it is not wanted: a tmpfs does neither.
bool keeps_what_is_read(int fd) {
  if (read_through(fd, kTried) != 0) return false;
  const auto kept = resident_bytes(fd, kTried);
  if (!kept || *kept < kTried) return false;
  if (posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0) return false;
  const auto after = resident_bytes(fd, kTried);
  return after && *after < kTried / 2;
}

// The whole disk below an open file, as "8:0".
std::string disk_of(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return {};
  std::string numbers = std::to_string(gnu_dev_major(status.st_dev)) + ":" +
                        std::to_string(gnu_dev_minor(status.st_dev));
  const std::string part = "/sys/dev/block/" + numbers;
  if (access((part + "/partition").c_str(), F_OK) != 0) return numbers;
  const std::string whole = slurp(part + "/../dev").value_or("");
  return whole.substr(0, whole.find('\n'));
}

// The size, the blocks, and whether it will do; 0, or why not.
int prepare(int fd, std::size_t bytes, Content content,
            const std::string& disk) {
  if (!disk.empty() && disk_of(fd) != disk) return EXDEV;
  // mincore(2) tells only those who may write the file (5.2).
  if (ftruncate(fd, static_cast<off_t>(bytes)) != 0 || fchmod(fd, 0666) != 0) {
    return errno;
  }
  const int error = content == Content::kWritten ? write_all(fd, bytes) : 0;
  if (error != 0) return error;
  return keeps_what_is_read(fd) ? 0 : EMEDIUMTYPE;
}

// A file made at `place`, open for reading, or -1 (errno set). The box shows
// the machine read-only, so it is made through a mount of its own that is gone
// again right away.
int file_at(const char* place, const std::string& through, std::size_t bytes,
            Content content, const std::string& disk) {
  if (mount(place, through.c_str(), nullptr, MS_BIND, nullptr) != 0) return -1;
  const bool writable =
      mount(nullptr, through.c_str(), nullptr,
            MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV, nullptr) == 0;
  const int fd = writable ? unnamed_file(through) : -1;
  int error = fd < 0 ? errno : prepare(fd, bytes, content, disk);
  int lent = -1;
  if (error == 0) {
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    lent = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    error = errno;
  }
  if (fd >= 0) close(fd);
  umount2(through.c_str(), MNT_DETACH);
  errno = error;
  return lent;
}

std::string said(int error) {
  if (error == EMEDIUMTYPE) return "is memory itself";
  return error == EXDEV ? "is elsewhere" : errno_name(error);
}

}  // namespace

bool plant_disk_file(Outside& outside, std::size_t bytes, Content content,
                     const std::string& disk) {
  const std::string through = outside.directory() + "/through";
  if (mkdir(through.c_str(), 0700) != 0) return false;
  std::string tried;
  int fd = -1;
  for (const char* place : kDiskPlaces) {
    fd = file_at(place, through, bytes, content, disk);
    if (fd >= 0) break;
    tried += std::string(tried.empty() ? "" : ", ") + place + " " + said(errno);
  }
  rmdir(through.c_str());
  if (fd < 0) {
    outside.tell("lacks", "no file system here will do: " + tried);
    return true;
  }
  const bool lends = start_bystander(
      outside, [](const ucred&, const std::string&) { return std::string(); },
      fd);
  close(fd);
  return lends;
}

int borrow_disk_file(const Inside& inside, Observation& why) {
  const std::string lacks = inside.planted("lacks");
  if (!lacks.empty()) {
    why = absent(lacks);
    return -1;
  }
  const int fd = borrow_from_bystander(inside);
  if (fd < 0) why = broken("the bystander: " + errno_name(errno));
  return fd;
}

std::optional<std::size_t> resident_bytes(int fd, std::size_t bytes) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* const at = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) return std::nullopt;
  std::vector<unsigned char> pages((bytes + page - 1) / page);
  const Called told = called(mincore(at, bytes, pages.data()));
  munmap(at, bytes);
  errno = told.error;
  if (!told.ok()) return std::nullopt;
  return page * static_cast<std::size_t>(std::ranges::count_if(
                    pages, [](unsigned char one) { return (one & 1) != 0; }));
}

int read_through(int fd, std::size_t bytes) {
  std::vector<char> block(256 << 10);
  for (std::size_t done = 0; done < bytes;) {
    const ssize_t some =
        pread(fd, block.data(), std::min(block.size(), bytes - done),
              static_cast<off_t>(done));
    if (some < 0) return errno;
    if (some == 0) return ENODATA;
    done += static_cast<std::size_t>(some);
  }
  return 0;
}

}  // namespace bulkhead::probes
