#include "probes/support/kernel_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>

#include "probes/support/file_system.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes {

namespace {

Observation open_and_close(const char* path, int flags) {
  // The null device over it is a mask, not the file; nor is an empty file, or
  // the pipe that systemd-nspawn has in place of /proc/kmsg: no file of the
  // kernel lies on a tmpfs.
  struct stat status {};
  if ((lstat(path, &status) == 0 && S_ISCHR(status.st_mode)) ||
      is_on(path, TMPFS_MAGIC)) {
    return refused(0, std::string(path) + " is covered");
  }
  const Called opened =
      called(open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  if (opened.ok()) close(static_cast<int>(opened.value));
  return observe(opened, {}, std::string("open ") + path);
}

}  // namespace

bool plant_kernel_file(Outside& outside, const char* path) {
  struct stat status {};
  outside.tell("there", stat(path, &status) == 0 ? "yes" : "no");
  return true;
}

Observation open_kernel_file(Inside& inside, const char* path, int flags) {
  if (inside.planted("there") == "no") {
    return absent(std::string("this kernel has no ") + path);
  }
  return open_and_close(path, flags);
}

bool plant_kernel_files(Outside& outside, std::span<const char* const> paths) {
  std::string there;
  for (const char* path : paths) {
    if (access(path, F_OK) == 0) there += std::string(path) + ":";
  }
  outside.tell("there", there);
  return true;
}

Observation open_kernel_files(Inside& inside,
                              std::span<const char* const> paths, int flags) {
  const auto there = split(inside.planted("there"), ':');
  Tally tally;
  for (const char* path : paths) {
    tally.add(path, std::ranges::find(there, path) == there.end()
                        ? absent("not in this kernel")
                        : open_and_close(path, flags));
  }
  return tally.result();
}

Observation read_proc_version() {
  const auto version = slurp("/proc/version", 8);
  return version && !version->empty()
             ? works("/proc/version can be read")
             : broken("/proc/version: " + errno_name(errno));
}

}  // namespace bulkhead::probes
