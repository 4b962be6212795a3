#include "runtime/state/cgroup_root.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace bulkhead {
namespace {

/// FILEID_KERNFS of the kernel's exportfs.h: the handle is the number.
constexpr int kKernfsHandle = 0xfe;

Fd open_directory(const std::string& path, struct stat* info) {
  Fd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory && fstat(directory.get(), info) != 0) directory.reset();
  return directory;
}

/// A directory on the file system `device`, if one is mounted in sight.
Fd find_mount(std::uint64_t device) {
  const std::string wanted =
      std::to_string(major(device)) + ":" + std::to_string(minor(device));
  const Result<std::string> mounts = read_file("/proc/self/mountinfo");
  if (!mounts) return {};
  for (const std::string_view line : split(*mounts, '\n')) {
    const std::vector<std::string_view> words = words_of(line);
    if (words.size() < 5 || words[2] != wanted) continue;
    struct stat info {};
    Fd found = open_directory(std::string(words[4]), &info);
    // Another mount may lie over it.
    if (found && info.st_dev == device) return found;
  }
  return {};
}

Fd open_by_number(const Fd& mount, std::uint64_t number) {
  union {
    file_handle head;
    std::array<char, sizeof(file_handle) + sizeof number> bytes;
  } handle{};
  handle.head.handle_bytes = sizeof number;
  handle.head.handle_type = kKernfsHandle;
  std::memcpy(handle.head.f_handle, &number, sizeof number);
  return Fd(open_by_handle_at(mount.get(), &handle.head,
                              O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

}  // namespace

Result<std::optional<CgroupRoot>> find_root(const Intent& intent) {
  struct stat info {};
  Fd named = open_directory(intent.root, &info);
  if (named && info.st_dev == intent.root_device &&
      info.st_ino == intent.root_inode) {
    return CgroupRoot{std::move(named), intent.root};
  }
  const Fd mount = find_mount(intent.root_device);
  Fd found = mount ? open_by_number(mount, intent.root_inode) : Fd();
  if (found) {
    std::string path = "/proc/self/fd/" + std::to_string(found.get());
    return CgroupRoot{std::move(found), std::move(path)};
  }
  if (mount && errno == ESTALE) return std::nullopt;
  return fail("the hierarchy that its supervisor saw at " + intent.root +
                  " is out of sight",
              mount ? errno : 0, "run gc where that is mounted");
}

}  // namespace bulkhead
