#include "verify/box_dev.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace bulkhead::verify {
namespace {

Status make_node(const std::string& path, unsigned major, unsigned minor) {
  if (mknod(path.c_str(), S_IFCHR | 0666, makedev(major, minor)) != 0 ||
      chmod(path.c_str(), 0666) != 0) {
    return fail("mknod " + path, errno);
  }
  return {};
}

}  // namespace

Status mount_new(const char* type, const std::string& target,
                 unsigned long flags, const char* data) {
  if (mount(type, target.c_str(), type, flags, data) != 0) {
    return fail("mount " + std::string(type) + " on " + target, errno);
  }
  return {};
}

Status make_directory(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) != 0 && errno != EEXIST) {
    return fail("mkdir " + path, errno);
  }
  return {};
}

Status fill_dev(bool make_nodes, const std::string& canary) {
  if (make_nodes) {
    for (const BoxDevice& device : kBoxDevices) {
      if (auto made = make_node("/dev/" + std::string(device.name),
                                device.major, device.minor);
          !made) {
        return made;
      }
    }
    if (auto made = make_node("/dev/" + canary, 1, 3); !made) {
      return made;
    }
  }
  constexpr std::array<std::pair<const char*, const char*>, 5> kLinks = {
      {{"/proc/self/fd", "/dev/fd"},
       {"/proc/self/fd/0", "/dev/stdin"},
       {"/proc/self/fd/1", "/dev/stdout"},
       {"/proc/self/fd/2", "/dev/stderr"},
       {"pts/ptmx", "/dev/ptmx"}}};
  for (const auto& [target, path] : kLinks) {
    if (symlink(target, path) != 0) return fail(std::string(path), errno);
  }
  for (const char* path : {"/dev/pts", "/dev/shm", "/dev/mqueue"}) {
    if (auto made = make_directory(path); !made) return made;
  }
  const unsigned long quiet = MS_NOSUID | MS_NOEXEC;
  Status done = mount_new("devpts", "/dev/pts", quiet,
                          "newinstance,ptmxmode=0666,mode=0620,max=256");
  if (done) {
    done =
        mount_new("tmpfs", "/dev/shm", quiet | MS_NODEV, "mode=1777,size=256m");
  }
  if (done) done = mount_new("mqueue", "/dev/mqueue", quiet | MS_NODEV);
  return done;
}

}  // namespace bulkhead::verify
