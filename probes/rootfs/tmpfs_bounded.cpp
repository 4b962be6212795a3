// Every tmpfs has a size and a number of inodes; both are tried out.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <array>
#include <optional>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_tmpfs_bounded {
namespace {

constexpr unsigned long long kMostBytes = 64ULL << 20;
constexpr unsigned long long kMostInodes = 10000;

// Writes until `bytes` are there or an errno stops it; removes the file.
Observation fill_bytes(const std::string& directory, const std::string& name,
                       unsigned long long bytes) {
  const std::string path = directory + "/" + name;
  const int fd =
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return observe(called(-1), {}, "create");
  static const std::array<char, 65536> kBlock{};
  unsigned long long wrote = 0;
  int error = 0;
  while (wrote < bytes && error == 0) {
    const ssize_t some = write(fd, kBlock.data(), kBlock.size());
    if (some > 0) {
      wrote += static_cast<unsigned long long>(some);
    } else {
      error = errno;
    }
  }
  unlink(path.c_str());
  close(fd);
  const std::string text = std::to_string(wrote) + " bytes";
  return error == 0 ? reached(text + " written")
                    : refused(error, "stopped after " + text);
}

Observation fill_inodes(const std::string& directory, const std::string& name,
                        unsigned long long inodes) {
  const std::string base = directory + "/" + name + ".d";
  if (mkdir(base.c_str(), 0700) != 0) return observe(called(-1), {}, "mkdir");
  unsigned long long made = 0;
  int error = 0;
  while (made < inodes && error == 0) {
    const std::string path = base + "/" + std::to_string(made);
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
      error = errno;
      break;
    }
    close(fd);
    ++made;
  }
  for (unsigned long long i = 0; i < made; ++i) {
    unlink((base + "/" + std::to_string(i)).c_str());
  }
  rmdir(base.c_str());
  const std::string text = std::to_string(made) + " files";
  return error == 0 ? reached(text + " made")
                    : refused(error, "stopped after " + text);
}

void look(Tally& tally, const std::string& nonce, const std::string& path,
          unsigned long long bytes, std::optional<unsigned long long> inodes) {
  struct statvfs status {};
  if (statvfs(path.c_str(), &status) != 0) {
    tally.add(path, absent("not there"));
    return;
  }
  const unsigned long long total = status.f_blocks * status.f_frsize;
  if (total == 0 || total > bytes + 65536) {
    tally.add(path, reached("holds " + std::to_string(total) +
                            " bytes, asked " + std::to_string(bytes)));
  } else if (bytes <= kMostBytes) {
    tally.add(path + " bytes", fill_bytes(path, nonce, bytes + 65536));
  }
  if (!inodes) return;
  if (status.f_files == 0 || status.f_files > *inodes) {
    tally.add(path, reached("holds " + std::to_string(status.f_files) +
                            " inodes, asked " + std::to_string(*inodes)));
  } else if (*inodes <= kMostInodes) {
    tally.add(path + " inodes", fill_inodes(path, nonce, *inodes + 8));
  }
}

Observation attempt(Inside& inside) {
  Tally tally;
  for (const std::string& line : split(inside.spec("tmpfs"), ';')) {
    const auto words = split(line, ' ');
    if (words.size() != 3) return broken("not understood: tmpfs " + line);
    const auto bytes = number(words[1]);
    const auto inodes = number(words[2]);
    if (!bytes || (!inodes && words[2] != "-")) {
      return broken("not understood: tmpfs " + line);
    }
    look(tally, inside.nonce(), words[0], *bytes, inodes);
  }
  if (inside.spec("tmpfs").empty()) return fact_missing("tmpfs");
  return tally.result();
}

Observation witness(Inside& inside) {
  const Observation seen = fill_bytes(scratch(inside), inside.nonce(), 65536);
  return seen.outcome == Outcome::kReached ? works(seen.evidence)
                                           : broken(seen.evidence);
}

const Register kProbe{{
    .id = "rootfs/tmpfs-bounded",
    .claim = "No tmpfs grows beyond its size or its number of inodes.",
    .watches = {"rootfs"},
    .references = {"tmpfs(5)", "OCI mounts: size, nr_inodes"},
    .remedy = "Mount every tmpfs with size= and nr_inodes=.",
    .attempt = attempt,
    .witness = witness,
    .as_asked = true,
    .seconds = 20,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_tmpfs_bounded
