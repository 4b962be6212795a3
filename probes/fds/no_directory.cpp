// A directory of the host left open: ".." from there is the whole host.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "probes/support/canary.h"
#include "probes/support/inherited.h"
#include "probes/support/text.h"

namespace bulkhead::probes::fds_no_directory {
namespace {

bool leads_to(int directory, const std::string& path,
              const std::string& nonce) {
  const int fd = openat(directory, path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  std::array<char, 64> content{};
  const ssize_t got = read(fd, content.data(), content.size());
  close(fd);
  return got > 0 && std::string(content.data(), static_cast<std::size_t>(got))
                        .starts_with(nonce);
}

Observation attempt(Inside& inside) {
  const std::string path = inside.planted("path");
  if (path.empty()) return broken("no planted path");
  int directories = 0;
  for (const int fd : inherited(inside)) {
    struct stat status {};
    if (fstat(fd, &status) != 0 || !S_ISDIR(status.st_mode)) continue;
    ++directories;
    if (leads_to(fd, far_up() + path, inside.nonce())) {
      return reached("the host's file, by .. from descriptor " + describe(fd));
    }
  }
  if (directories > 0) {
    return reached(std::to_string(directories) + " directories inherited");
  }
  return refused(0, "no directory was inherited");
}

bool plant(Outside& outside) {
  return plant_file(outside, "up", 0644) &&
         plant_descriptor(outside, outside.directory(), O_RDONLY | O_DIRECTORY);
}

void clean(Outside& outside) {
  close_planted(outside);
  remove_file(outside);
}

const Register kProbe{{
    .id = "fds/no-directory",
    .claim = "No open directory leads out of the container.",
    .watches = {"fds"},
    .references = {"CVE-2024-21626", "openat(2)"},
    .remedy = "Close every descriptor above 2 before the workload starts.",
    .attempt = attempt,
    .witness = [](Inside&) { return standard_output_open(); },
    .plant = plant,
    .clean = clean,
}};

}  // namespace
}  // namespace bulkhead::probes::fds_no_directory
