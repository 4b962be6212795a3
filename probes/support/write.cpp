#include "probes/support/write.h"

#include <fcntl.h>
#include <unistd.h>

#include "probes/support/try.h"

namespace bulkhead::probes {

Observation write_below(const Inside& inside, const std::string& directory) {
  if (access(directory.c_str(), F_OK) != 0) {
    return refused(errno, directory + " is not there");
  }
  Tally tally;
  const std::string path = directory + "/bh-" + inside.nonce();
  const Called made =
      called(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (made.ok()) {
    unlink(path.c_str());
    close(static_cast<int>(made.value));
  }
  tally.add("create", observe(made, {EACCES}, "create in " + directory));
  const std::string plain = directory + "/plain";
  const Called opened = called(open(plain.c_str(), O_WRONLY | O_CLOEXEC));
  if (opened.ok()) close(static_cast<int>(opened.value));
  tally.add("open for writing", observe(opened, {EACCES}, plain));
  return tally.result();
}

}  // namespace bulkhead::probes
