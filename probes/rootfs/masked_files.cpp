// One byte of every masked file, one name of every masked directory.
#include <dirent.h>

#include <cerrno>
#include <cstring>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_masked_files {
namespace {

Observation list_directory(const std::string& path) {
  DIR* directory = opendir(path.c_str());
  if (directory == nullptr) return observe(called(-1), {}, path);
  std::string found;
  while (const dirent* entry = readdir(directory)) {
    if (std::strcmp(entry->d_name, ".") != 0 &&
        std::strcmp(entry->d_name, "..") != 0) {
      found = entry->d_name;
    }
  }
  closedir(directory);
  return found.empty() ? refused(0, "empty") : reached("holds " + found);
}

Observation look(const std::string& path) {
  const auto content = slurp(path, 1);
  if (content) {
    return content->empty() ? refused(0, "empty") : reached("readable");
  }
  if (errno == EISDIR) return list_directory(path);
  if (errno == ENOENT) return absent(path);
  return refused(errno);
}

Observation attempt(Inside& inside) {
  const auto paths = split(inside.spec("masked"), ':');
  if (paths.empty()) return fact_missing("masked");
  Tally tally;
  for (const std::string& path : paths) {
    tally.add(path, look(path));
    for (const char* road :
         {"/proc/self/root", "/proc/thread-self/root", "/proc/1/root"}) {
      const Observation seen = look(road + path);
      if (seen.outcome == Outcome::kReached) tally.add(road + path, seen);
    }
  }
  return tally.result();
}

Observation witness(Inside&) {
  const auto version = slurp("/proc/version", 8);
  return version && !version->empty()
             ? works("/proc/version can be read")
             : broken("/proc/version: " + errno_name(errno));
}

const Register kProbe{{
    .id = "rootfs/masked-files",
    .claim = "Masked paths give nothing away.",
    .watches = {"rootfs"},
    .references = {"OCI linux.maskedPaths", "CVE-2025-31133"},
    .remedy = "Cover each masked path that exists, and fail the start if one "
              "cannot be covered.",
    .attempt = attempt,
    .witness = witness,
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_masked_files
