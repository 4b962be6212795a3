#include "probes/support/kernel_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <string>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes {

bool plant_kernel_file(Outside& outside, const char* path) {
  struct stat status {};
  outside.tell("there", stat(path, &status) == 0 ? "yes" : "no");
  return true;
}

Observation open_kernel_file(Inside& inside, const char* path, int flags) {
  if (inside.planted("there") == "no") {
    return absent(std::string("this kernel has no ") + path);
  }
  // The null device over it is a mask, not the file.
  struct stat status {};
  if (lstat(path, &status) == 0 && S_ISCHR(status.st_mode)) {
    return refused(0, std::string(path) + " is covered");
  }
  const Called opened =
      called(open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  if (opened.ok()) close(static_cast<int>(opened.value));
  return observe(opened, {}, std::string("open ") + path);
}

Observation read_proc_version() {
  const auto version = slurp("/proc/version", 8);
  return version && !version->empty()
             ? works("/proc/version can be read")
             : broken("/proc/version: " + errno_name(errno));
}

}  // namespace bulkhead::probes
