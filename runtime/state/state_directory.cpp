#include "runtime/state/state_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "runtime/base/file.h"

namespace bulkhead {
namespace {

constexpr const char* kRootsPlace = "/run/bulkhead/state";
constexpr const char* kElsewhere =
    "make it writable, or set BULKHEAD_STATE_DIR to a directory on a tmpfs";
constexpr std::chrono::seconds kLockDeadline{2};

Error failed(const std::string& what, int error, const char* remedy) {
  return {"state directory: " + what, error, remedy};
}

/// The directory above may be seen by others, it itself may not.
Status make(const std::string& path) {
  const std::string above = path.substr(0, path.rfind('/'));
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  if (errno == ENOENT && !above.empty() &&
      (mkdir(above.c_str(), 0755) == 0 || errno == EEXIST) &&
      (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST)) {
    return {};
  }
  return tl::unexpected(failed("mkdir " + path, errno, kElsewhere));
}

/// flock(2) has no deadline of its own.
Status lock_by_deadline(const Fd& directory, const std::string& path) {
  constexpr timespec kPause = {0, 200'000};
  const auto deadline = std::chrono::steady_clock::now() + kLockDeadline;
  while (flock(directory.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK || std::chrono::steady_clock::now() > deadline) {
      return tl::unexpected(
          failed("lock " + path, errno, "see who holds it: lslocks(8)"));
    }
    nanosleep(&kPause, nullptr);
  }
  return {};
}

Status check_owner(const Fd& directory, const std::string& path) {
  struct stat info {};
  if (fstat(directory.get(), &info) != 0) {
    return tl::unexpected(failed("stat " + path, errno, ""));
  }
  if (info.st_uid != geteuid() || (info.st_mode & 077) != 0) {
    return tl::unexpected(
        failed(path + " is not its user's alone", 0,
               "its owner must be who runs this, its mode 0700"));
  }
  return {};
}

/// Whether `name` is that very file; errno is set where it is not.
bool is_there(int directory, const std::string& name, const Fd& file) {
  struct stat named {};
  struct stat own {};
  if (fstatat(directory, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0 ||
      fstat(file.get(), &own) != 0) {
    return false;
  }
  errno = ESTALE;
  return named.st_dev == own.st_dev && named.st_ino == own.st_ino;
}

}  // namespace

Result<std::string> state_directory_path() {
  const char* chosen = getenv(kStateVariable);
  if (chosen != nullptr && *chosen != '\0') {
    if (*chosen == '/') return chosen;
    return tl::unexpected(failed(std::string(kStateVariable) + "=" + chosen, 0,
                                 "write it from the root: /…"));
  }
  if (geteuid() == 0) return kRootsPlace;
  const char* runtime = getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && *runtime == '/') {
    return std::string(runtime) + "/bulkhead/state";
  }
  return tl::unexpected(
      failed("XDG_RUNTIME_DIR is not set", 0,
             "log in through PAM, or set BULKHEAD_STATE_DIR: a user's cgroups "
             "are not made without a record of them"));
}

Result<StateDirectory> StateDirectory::lock(std::string path) {
  Fd directory(
      open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory)
    return tl::unexpected(failed("open " + path, errno, kElsewhere));
  Status status = check_owner(directory, path);
  if (status) status = lock_by_deadline(directory, path);
  if (!status) return tl::unexpected(status.error());
  return StateDirectory(std::move(directory), std::move(path));
}

Result<StateDirectory> StateDirectory::open_locked() {
  Result<std::string> path = state_directory_path();
  if (!path) return tl::unexpected(path.error());
  Result<StateDirectory> there = lock(*path);
  if (there || there.error().errno_value != ENOENT) return there;
  if (Status made = make(*path); !made) return tl::unexpected(made.error());
  return lock(std::move(*path));
}

Result<std::optional<StateDirectory>> StateDirectory::find_locked() {
  Result<std::string> path = state_directory_path();
  if (!path) return tl::unexpected(path.error());
  Result<StateDirectory> there = lock(std::move(*path));
  if (there) return std::optional(std::move(*there));
  if (there.error().errno_value == ENOENT) return std::nullopt;
  return tl::unexpected(there.error());
}

Result<std::vector<std::string>> StateDirectory::names() const {
  std::vector<std::string> found;
  if (lseek(fd(), 0, SEEK_SET) < 0) {
    return tl::unexpected(failed("rewind " + path_, errno, ""));
  }
  alignas(dirent64) std::array<char, 16384> buffer;
  for (;;) {
    const long got =
        syscall(SYS_getdents64, fd(), buffer.data(), buffer.size());
    if (got < 0) return tl::unexpected(failed("list " + path_, errno, ""));
    if (got == 0) return found;
    for (long at = 0; at < got;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
      at += entry->d_reclen;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") found.emplace_back(name);
    }
  }
}

Result<Fd> StateDirectory::write_record(const std::string& name,
                                        std::string_view text) const {
  const auto failed_at = [&](const char* what) {
    return tl::unexpected(
        failed(std::string(what) + " the record " + path_ + "/" + name, errno,
               kElsewhere));
  };
  Fd file(openat(
      fd(), kUnfinishedRecord,
      O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return failed_at("make");
  const ssize_t written = write(file.get(), text.data(), text.size());
  if (written >= 0 && static_cast<std::size_t>(written) != text.size()) {
    errno = ENOSPC;
  }
  if (written != static_cast<ssize_t>(text.size()) ||
      flock(file.get(), LOCK_EX | LOCK_NB) != 0 ||
      renameat(fd(), kUnfinishedRecord, fd(), name.c_str()) != 0 ||
      !is_there(fd(), name, file)) {
    auto error = failed_at("write");
    unlinkat(fd(), kUnfinishedRecord, 0);
    return error;
  }
  return file;
}

}  // namespace bulkhead
