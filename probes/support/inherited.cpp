#include "probes/support/inherited.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes {

std::vector<int> inherited(const Inside& inside) {
  std::vector<int> descriptors;
  const std::string fact = inside.spec("fds.inherited");
  // Nobody looked, which is no empty table: a half that dies is broken.
  if (fact.empty()) std::abort();
  for (const std::string& word : split(fact, ',')) {
    if (const auto fd = number(word)) {
      descriptors.push_back(static_cast<int>(*fd));
    }
  }
  return descriptors;
}

std::string describe(int fd) {
  const std::string name = std::to_string(fd);
  const std::string target = link_target("/proc/self/fd/" + name);
  return target.empty() ? name : name + " (" + target + ")";
}

bool plant_descriptor(Outside& outside, const std::string& path, int flags) {
  const int fd = open(path.c_str(), flags);
  if (fd < 0) return false;
  const bool kept = keep_open(outside, fd);
  close(fd);
  return kept;
}

bool keep_open(Outside& outside, int fd) {
  // 0, 1 and 2 are passed on by everybody.
  const int high = fcntl(fd, F_DUPFD, 3);
  outside.tell("fd", std::to_string(high));
  return high >= 0;
}

void close_planted(Outside& outside) {
  if (const auto fd = number(outside.told("fd"))) {
    close(static_cast<int>(*fd));
  }
}

Observation standard_output_open() {
  return fcntl(STDOUT_FILENO, F_GETFD) >= 0
             ? works("standard output is open")
             : broken("standard output is closed");
}

}  // namespace bulkhead::probes
