#include "verify/faults/world.h"

#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <sstream>

#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "verify/faults/fault.h"

namespace bulkhead::verify::faults {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

void add_directories(const std::string& root, World& world) {
  std::error_code error;
  auto entry = fs::recursive_directory_iterator(root, error);
  for (; !error && entry != fs::recursive_directory_iterator();
       entry.increment(error)) {
    if (entry->is_directory(error) && !entry->is_symlink(error)) {
      world.insert("cgroup " + entry->path().string());
    }
  }
}

/// Everything below `root` with its type, mode, owner and device number, but
/// not what lies below `except`.
void add_tree(const char* word, const std::string& root,
              const std::string& except, World& world) {
  std::error_code error;
  auto entry = fs::recursive_directory_iterator(root, error);
  for (; !error && entry != fs::recursive_directory_iterator();
       entry.increment(error)) {
    const std::string path = entry->path();
    if (path == except) {
      entry.disable_recursion_pending();
      continue;
    }
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0) continue;
    std::ostringstream line;
    line << word << ' ' << path << ' ' << std::oct << status.st_mode << std::dec
         << ' ' << status.st_uid << ' ' << status.st_gid << ' '
         << status.st_rdev;
    world.insert(line.str());
  }
}

/// The mount points with what is mounted there, without the kernel's numbers.
void add_mounts(World& world) {
  const auto text = read_file("/proc/self/mountinfo");
  if (!text) return;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::array<std::string, 6> fields;
    for (std::string& field : fields) words >> field;
    std::string optional;
    std::string type;
    std::string propagation;
    while (words >> optional && optional != "-") {
      propagation += " " + optional.substr(0, optional.find(':'));
    }
    words >> type;
    world.insert("mount " + fields[4] + " " + type + " " + fields[5] +
                 propagation);
  }
}

void add_file(const std::string& path, World& world) {
  world.insert("setting " + path + " " +
               trimmed(read_file(path).value_or(std::string("?"))));
}

void add_network(World& world) {
  std::istringstream lines(
      read_file("/proc/self/net/dev").value_or(std::string()));
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const auto begin = line.find_first_not_of(' ');
    world.insert("link " + line.substr(begin, colon - begin));
  }
}

std::string comm_of(pid_t pid) {
  return trimmed(read_file("/proc/" + std::to_string(pid) + "/comm")
                     .value_or(std::string("?")));
}

std::set<pid_t> started_since(const std::set<pid_t>& before) {
  std::set<pid_t> now = processes();
  for (const pid_t pid : before) now.erase(pid);
  for (auto at = now.begin(); at != now.end();) {
    // Its parent is gone, so that it is this process's; else ECHILD.
    at = waitpid(*at, nullptr, WNOHANG) == *at ? now.erase(at) : std::next(at);
  }
  return now;
}

int milliseconds_until(Clock::time_point when) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      when - Clock::now());
  return std::max(static_cast<int>(left.count()) + 1, 0);
}

}  // namespace

World look_around(const BoxFacts& box, const std::string& directory) {
  World world;
  for (const std::string& root : box.cgroup_roots) add_directories(root, world);
  add_mounts(world);
  add_tree("device", "/dev", "", world);
  for (const char* place : {"/run", "/tmp"}) {
    add_tree("file", place, directory + "/rootfs", world);
  }
  for (const char* setting :
       {"/proc/sys/kernel/hostname", "/proc/sys/kernel/domainname",
        "/proc/sys/net/ipv4/ip_default_ttl", "/proc/sys/kernel/shmmni",
        "/proc/self/oom_score_adj"}) {
    add_file(setting, world);
  }
  add_network(world);
  return world;
}

std::set<pid_t> processes() {
  std::set<pid_t> pids;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const auto [end, bad] =
        std::from_chars(name.data(), name.data() + name.size(), pid);
    if (bad == std::errc{} && *end == '\0' && pid != getpid()) pids.insert(pid);
  }
  return pids;
}

std::vector<std::string> left_processes(const std::set<pid_t>& before,
                                        int most_ms, int listener,
                                        const std::function<void()>& serve) {
  const auto end = Clock::now() + std::chrono::milliseconds(most_ms);
  std::set<pid_t> left = started_since(before);
  while (!left.empty() && Clock::now() < end) {
    const Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, *left.begin(), 0)));
    std::array<pollfd, 2> polled{pollfd{pidfd.get(), POLLIN, 0},
                                 pollfd{listener, POLLIN, 0}};
    // A pidfd that cannot be had is of a process that is gone.
    if (pidfd)
      (void)poll(polled.data(), polled.size(), milliseconds_until(end));
    if ((polled[1].revents & POLLIN) != 0) {
      serve();
    } else if ((polled[1].revents & (POLLHUP | POLLERR)) != 0) {
      listener = -1;
    }
    left = started_since(before);
  }
  std::vector<std::string> names;
  names.reserve(left.size());
  for (const pid_t pid : left) names.push_back("process " + comm_of(pid));
  return names;
}

std::vector<std::string> difference(const World& before, const World& after,
                                    const std::string& nonce) {
  std::vector<std::string> lines;
  for (const std::string& line : after) {
    if (!before.contains(line)) {
      lines.push_back("left " + normalised(line, nonce));
    }
  }
  for (const std::string& line : before) {
    if (!after.contains(line)) {
      lines.push_back("changed " + normalised(line, nonce));
    }
  }
  return lines;
}

}  // namespace bulkhead::verify::faults
