#include "integration/agent/boot.h"

#include <fcntl.h>
#include <net/if.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "integration/agent/cgroups.h"
#include "integration/agent/devices.h"
#include "integration/agent/files.h"
#include "integration/agent/port.h"

namespace bulkhead::agent {
namespace {

std::string content_of(const char* path) {
  std::string content;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return content;
  std::array<char, 4096> buffer{};
  ssize_t count = 0;
  while ((count = read(fd, buffer.data(), buffer.size())) > 0) {
    content.append(buffer.data(), static_cast<std::size_t>(count));
  }
  close(fd);
  return content;
}

void load_module(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 ||
      (syscall(SYS_finit_module, fd, "", 0) != 0 && errno != EEXIST)) {
    std::fprintf(stderr, "agent: module %s: %s\n", path.c_str(),
                 std::strerror(errno));
  }
  if (fd >= 0) close(fd);
  unlink(path.c_str());
}

void loopback_up() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) != 0) {
    std::perror("agent: loopback");
  }
  if (fd >= 0) close(fd);
}

}  // namespace

bool mount_on(const char* type, const std::string& target, unsigned long flags,
              const char* options, const char* source) {
  make_folders(target);
  if (mount(source != nullptr ? source : type, target.c_str(), type, flags,
            options) == 0) {
    return true;
  }
  std::fprintf(stderr, "agent: mount %s on %s: %s\n", type, target.c_str(),
               std::strerror(errno));
  return false;
}

std::string parameter(const std::string& name, const std::string& otherwise) {
  const std::string line = " " + content_of("/proc/cmdline");
  const std::string wanted = " bulkhead." + name + "=";
  const std::size_t at = line.find(wanted);
  if (at == std::string::npos) return otherwise;
  const std::size_t begin = at + wanted.size();
  return line.substr(begin, line.find_first_of(" \n", begin) - begin);
}

void mount_basics() {
  umask(022);
  constexpr unsigned long kPlain = MS_NOSUID | MS_NOEXEC | MS_NODEV;
  mount_on("devtmpfs", "/dev", MS_NOSUID, "mode=0755");
  mount_on("proc", "/proc", kPlain);
  mount_on("sysfs", "/sys", kPlain);
}

void load_modules() {
  const std::string order = content_of("/modules/order");
  for (std::size_t begin = 0; begin < order.size();) {
    const std::size_t end = order.find('\n', begin);
    load_module("/modules/" + order.substr(begin, end - begin));
    begin = end + 1;
  }
}

void wait_for_device(const std::string& path) {
  const int watch = inotify_init1(IN_CLOEXEC);
  // First the watch, then the look: nothing can appear in between.
  if (inotify_add_watch(watch, "/dev", IN_CREATE) < 0) {
    std::perror("agent: watch on /dev");
  }
  while (access(path.c_str(), F_OK) != 0) {
    std::array<char, 4096> events{};
    if (read(watch, events.data(), events.size()) < 0) break;
  }
  close(watch);
}

std::vector<std::string> furnish() {
  constexpr unsigned long kPlain = MS_NOSUID | MS_NOEXEC | MS_NODEV;
  mount_on("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC,
           "gid=5,mode=0620,ptmxmode=0666");
  mount_on("tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777");
  mount_on("mqueue", "/dev/mqueue", kPlain);
  mount_on("tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755");
  mount_on("tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777");
  mount_on("securityfs", "/sys/kernel/security", kPlain);
  (void)!symlink("/proc/self/fd", "/dev/fd");
  (void)!symlink("/proc/self/fd/0", "/dev/stdin");
  (void)!symlink("/proc/self/fd/1", "/dev/stdout");
  (void)!symlink("/proc/self/fd/2", "/dev/stderr");
  mount_on("binfmt_misc", "/proc/sys/fs/binfmt_misc", kPlain);
  make_static_nodes();
  std::vector<std::string> words = mount_cgroups(parameter("cgroup", "v2"));
  // As an init system leaves it: what a container mounts would show here.
  mount(nullptr, "/", nullptr, MS_REC | MS_SHARED, nullptr);
  loopback_up();
  constexpr std::string_view kName = "machine";
  (void)!sethostname(kName.data(), kName.size());
  const rlimit files{1024, 524288};
  setrlimit(RLIMIT_NOFILE, &files);
  return words;
}

}  // namespace bulkhead::agent
