#include "probes/support/scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "probes/support/try.h"

namespace bulkhead::probes {

namespace {

struct Walk {
  dev_t device = 0;
  int seen = 0;
  int tried = 0;
  int opened = 0;
  int first_error = 0;
  std::string first_opened;
  std::vector<std::string> directories;
};

void try_file(Walk& walk, const std::string& path) {
  ++walk.tried;
  const int fd =
      open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
  if (fd >= 0) {
    if (walk.opened++ == 0) walk.first_opened = path;
    close(fd);
  } else if (walk.first_error == 0) {
    walk.first_error = errno;
  }
}

void visit(Walk& walk, const std::string& path,
           const std::function<bool(const std::string&)>& skip) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return;
  if (status.st_dev != walk.device || (skip && skip(path))) return;
  if (S_ISDIR(status.st_mode)) walk.directories.push_back(path);
  if (!S_ISREG(status.st_mode)) return;
  ++walk.seen;
  if ((status.st_mode & 0222) != 0) try_file(walk, path);
}

}  // namespace

Observation scan_writable(
    const std::string& root, int most,
    const std::function<bool(const std::string& path)>& skip) {
  struct stat status {};
  if (stat(root.c_str(), &status) != 0) {
    return refused(errno, root + ": " + errno_name(errno));
  }
  Walk walk;
  walk.device = status.st_dev;
  walk.directories.push_back(root);
  while (!walk.directories.empty() && walk.seen < most) {
    const std::string path = walk.directories.back();
    walk.directories.pop_back();
    DIR* directory = opendir(path.c_str());
    if (directory == nullptr) continue;
    while (const dirent* entry = readdir(directory)) {
      if (std::strcmp(entry->d_name, ".") == 0 ||
          std::strcmp(entry->d_name, "..") == 0) {
        continue;
      }
      visit(walk, path + "/" + entry->d_name, skip);
    }
    closedir(directory);
  }
  const std::string of = " of " + std::to_string(walk.tried) + " below " + root;
  if (walk.opened > 0) {
    return reached(std::to_string(walk.opened) + of +
                   " opened for writing: " + walk.first_opened);
  }
  return refused(walk.first_error, "0" + of + " opened for writing");
}

}  // namespace bulkhead::probes
