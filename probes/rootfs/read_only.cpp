// Writing below the root. The kernel asks the mount before the permission bits
// (EROFS before EACCES): EACCES says that the mount can be written.
#include <fcntl.h>
#include <sys/stat.h>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_read_only {
namespace {

Observation create_in(const std::string& directory, const std::string& name) {
  const std::string path = directory + "/" + name;
  const Called made =
      called(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (made.ok()) {
    unlink(path.c_str());
    close(static_cast<int>(made.value));
  }
  return observe(made, {EACCES}, "create in " + directory + "/");
}

Observation attempt(Inside& inside) {
  const std::string root = inside.spec("root");
  const std::string name = "bh-" + inside.nonce();
  Tally tally;
  for (const char* directory : {"", "/etc", "/bin", "/fixtures"}) {
    struct stat status {};
    if (stat((root + directory + "/").c_str(), &status) != 0) continue;
    tally.add(std::string("create in ") + directory + "/",
              create_in(root + directory, name));
  }
  const std::string made = root + "/" + name;
  const Called directory = called(mkdir(made.c_str(), 0700));
  if (directory.ok()) rmdir(made.c_str());
  tally.add("mkdir", observe(directory, {EACCES}, "mkdir"));
  const std::string plain = root + "/fixtures/plain";
  if (access(plain.c_str(), F_OK) == 0) {
    const Called opened = called(open(plain.c_str(), O_WRONLY | O_CLOEXEC));
    if (opened.ok()) close(static_cast<int>(opened.value));
    tally.add("open for writing", observe(opened, {EACCES}, plain));
  }
  return tally.result();
}

Observation witness(Inside& inside) {
  const std::string path = scratch(inside) + "/bh-" + inside.nonce();
  const int made =
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made < 0) return broken(path + ": " + errno_name(errno));
  const bool wrote = write(made, "x", 1) == 1;
  close(made);
  unlink(path.c_str());
  return wrote ? works("wrote " + path) : broken("write " + path);
}

const Register kProbe{{
    .id = "rootfs/read-only",
    .claim = "The root file system cannot be written.",
    .watches = {"rootfs"},
    .references = {"OCI root.readonly", "CIS Docker 5.12",
                   "NIST SP 800-190 4.4.4"},
    .remedy = "Make the root mount read-only, and fail the start if it is not.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_read_only
