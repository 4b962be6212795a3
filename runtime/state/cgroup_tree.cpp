#include "runtime/state/cgroup_tree.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <vector>

#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/state/cgroup_freezer.h"

namespace bulkhead {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

/// How long one round of killing waits before it looks again.
constexpr int kRoundMs = 20;
constexpr int kStopMs = 1000;

bool put(const std::string& path, const char* text) {
  return write_file_at(AT_FDCWD, path, text).has_value();
}

std::vector<std::string> children_of(const std::string& path) {
  std::vector<std::string> children;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(path, ignored)) {
    if (entry.is_directory(ignored)) children.push_back(entry.path());
  }
  return children;
}

/// Those in `path` and below. 0: one of a pid namespace that is out of sight.
void list_processes(const std::string& path, std::vector<pid_t>& pids) {
  const Result<std::string> text = read_file(path + "/cgroup.procs");
  if (text) {
    for (const std::string_view word : words_of(*text)) {
      if (const auto pid = number_in<pid_t>(word)) pids.push_back(*pid);
    }
  }
  for (const std::string& child : children_of(path)) {
    list_processes(child, pids);
  }
}

std::vector<pid_t> processes_below(const std::string& path) {
  std::vector<pid_t> pids;
  list_processes(path, pids);
  return pids;
}

struct Target {
  pid_t pid;
  Fd pidfd;
};

/// A number may be another process's by the time it is opened: only those that
/// are still listed afterwards are meant.
std::vector<Target> open_all(const std::string& path) {
  std::vector<Target> targets;
  for (const pid_t pid : processes_below(path)) {
    if (pid <= 1 || pid == getpid()) continue;
    Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    if (pidfd) targets.push_back({pid, std::move(pidfd)});
  }
  const std::vector<pid_t> still = processes_below(path);
  std::erase_if(targets, [&](const Target& target) {
    return std::ranges::find(still, target.pid) == still.end();
  });
  return targets;
}

/// Kills all that are there now; true if each has ended within one round.
bool kill_round(const std::string& path) {
  const bool at_once = put(path + "/cgroup.kill", "1");
  const bool frozen = !at_once && (put(path + "/cgroup.freeze", "1") ||
                                   put(path + "/freezer.state", "FROZEN"));
  if (!at_once) static_cast<void>(put(path + "/pids.max", "0"));
  const std::vector<Target> targets = open_all(path);
  for (const Target& target : targets) {
    syscall(SYS_pidfd_send_signal, target.pidfd.get(), SIGKILL, nullptr, 0);
  }
  if (frozen && !put(path + "/cgroup.freeze", "0")) {
    static_cast<void>(put(path + "/freezer.state", "THAWED"));
  }
  bool ended = true;
  const Deadline until = in_ms(kRoundMs);
  for (const Target& target : targets) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - steady_clock::now());
    pollfd one = {target.pidfd.get(), POLLIN, 0};
    const int timeout = std::max(0, static_cast<int>(left.count()));
    if (poll(&one, 1, timeout) == 1) continue;
    ended = false;
    // Refused: the next look says who remains.
    static_cast<void>(thaw_process(target.pid));
  }
  return ended;
}

/// Innermost first; the errno of the first that could not be removed, or 0.
int remove_directories(const std::string& path) {
  if (rmdir(path.c_str()) == 0 || errno == ENOENT) return 0;
  if (errno != EBUSY && errno != ENOTEMPTY) return errno;
  const std::vector<std::string> children = children_of(path);
  if (children.empty()) return EBUSY;
  for (const std::string& child : children) {
    if (const int error = remove_directories(child); error != 0) return error;
  }
  return rmdir(path.c_str()) == 0 || errno == ENOENT ? 0 : errno;
}

std::string first_word(const std::string& path) {
  const Result<std::string> text = read_file(path);
  return text ? trimmed(*text) : std::string("?");
}

/// 0: it has ended, or cannot be seen from here.
pid_t pid_behind(const Fd& pidfd) {
  const Result<std::string> text =
      read_file("/proc/self/fdinfo/" + std::to_string(pidfd.get()));
  if (!text) return 0;
  const std::vector<std::string_view> words = words_of(*text);
  const auto key = std::ranges::find(words, "Pid:");
  if (words.end() - key <= 1) return 0;
  return number_in<pid_t>(key[1]).value_or(0);
}

/// "process 5 (sh), state D, in do_wait"
std::string describe(pid_t pid) {
  const std::string proc = "/proc/" + std::to_string(pid);
  const std::string stat = first_word(proc + "/stat");
  const std::size_t name_end = stat.rfind(") ");
  const std::string state =
      name_end == std::string::npos ? "?" : stat.substr(name_end + 2, 1);
  return "process " + std::to_string(pid) + " (" + first_word(proc + "/comm") +
         "), state " + state + ", in " + first_word(proc + "/wchan");
}

/// Who keeps the cgroup.
std::string keeper_of(const std::string& path) {
  const std::vector<pid_t> pids = processes_below(path);
  // Those of a pid namespace that is not below are no number here, or 0.
  if (pids.empty() || pids.front() == 0) {
    return "none of its processes can be seen from here";
  }
  return describe(pids.front());
}

}  // namespace

Deadline in_ms(int ms) {
  return steady_clock::now() + std::chrono::milliseconds(ms);
}

Status await_killed(const Fd& pidfd) {
  const Deadline deadline = in_ms(kStopMs);
  pollfd one = {pidfd.get(), POLLIN, 0};
  for (;;) {
    const int got = poll(&one, 1, kRoundMs);
    if (got == 1) return {};
    if (got < 0 && errno != EINTR) return fail("stop: poll", errno);
    const pid_t pid = pid_behind(pidfd);
    const Status thawed = thaw_process(pid);
    if (steady_clock::now() > deadline) {
      return fail("stop: " + describe(pid) + " does not end" +
                  (thawed ? "" : "; " + thawed.error().message()));
    }
  }
}

Status remove_cgroup_tree(const std::string& path, Deadline deadline) {
  struct statfs info {};
  if (statfs(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return {};
    return fail("cgroup: statfs " + path, errno);
  }
  const auto type = static_cast<std::uint64_t>(info.f_type);
  if (type != CGROUP_SUPER_MAGIC && type != CGROUP2_SUPER_MAGIC) {
    return fail("cgroup: " + path + " is no cgroup");
  }
  for (;;) {
    int error = remove_directories(path);
    if (error == 0) return {};
    const std::vector<pid_t> inside = processes_below(path);
    if (std::ranges::find(inside, getpid()) != inside.end()) {
      return fail("cgroup: " + path + " holds this process itself", EBUSY,
                  "start it from another cgroup");
    }
    // One that was waited for leaves its cgroup a moment later, when it is
    // scheduled for the last time.
    if (error == EBUSY && kill_round(path)) sched_yield();
    if (error != EBUSY || steady_clock::now() > deadline) {
      error = remove_directories(path);
      if (error == 0) return {};
      return fail("cgroup: rmdir " + path + " (" + keeper_of(path) + ")",
                  error);
    }
  }
}

}  // namespace bulkhead
