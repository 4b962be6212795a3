#include "runtime/parent/cgroup.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <set>
#include <string_view>
#include <utility>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/parent/cgroup_cpuset.h"
#include "runtime/parent/cgroup_devices.h"
#include "runtime/parent/cgroup_leaf.h"

namespace bulkhead {
namespace {

constexpr int kGoneDeadlineMs = 2000;
/// devices.list in any order.
bool same_lines(const std::string& a, const std::string& b) {
  const auto lines = [](const std::string& text) {
    const std::vector<std::string_view> all = split(text, '\n');
    return std::set<std::string_view>(all.begin(), all.end());
  };
  return lines(a) == lines(b);
}

std::vector<pid_t> processes_in(const std::string& directory) {
  std::vector<pid_t> pids;
  const Result<std::string> text = read_file(directory + "/cgroup.procs");
  if (!text) return pids;
  for (const std::string_view word : words_of(*text)) {
    if (const auto pid = number_in<pid_t>(word)) pids.push_back(*pid);
  }
  return pids;
}

/// SIGKILL by pidfd, and wait for the end of each (the deadline is per round).
void kill_all(const std::string& directory) {
  static_cast<void>(write_file_at(AT_FDCWD, directory + "/cgroup.kill", "1"));
  std::vector<Fd> pidfds;
  std::vector<pollfd> polls;
  for (const pid_t pid : processes_in(directory)) {
    Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    if (!pidfd) continue;
    syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
    polls.push_back({pidfd.get(), POLLIN, 0});
    pidfds.push_back(std::move(pidfd));
  }
  for (pollfd& one : polls) {
    while (poll(&one, 1, kGoneDeadlineMs) < 0 && errno == EINTR) {
    }
  }
}

/// All of a file that is open, from its beginning.
Result<std::string> read_open(const Fd& file, const std::string& path) {
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = pread(file.get(), buffer.data(), buffer.size(),
                              static_cast<off_t>(text.size()));
    if (got < 0) return fail("read " + path, errno);
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

/// A cgroup file takes each value as one write.
Status write_at_start(const Fd& file, const std::string& path,
                      const std::string& value) {
  const ssize_t written = pwrite(file.get(), value.data(), value.size(), 0);
  if (written < 0) return fail("write " + path, errno);
  if (static_cast<std::size_t>(written) != value.size()) {
    return fail("write " + path + ": only " + std::to_string(written) + " of " +
                std::to_string(value.size()) + " bytes were taken");
  }
  return {};
}

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    if (end > at) parts.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

}  // namespace

Cgroup& Cgroup::operator=(Cgroup&& other) noexcept {
  if (this == &other) return *this;
  static_cast<void>(remove());
  directories_ = std::move(other.directories_);
  made_ = std::move(other.made_);
  other.made_.clear();
  join_fds_ = std::move(other.join_fds_);
  delegated_ = std::exchange(other.delegated_, {});
  controllers_ = std::move(other.controllers_);
  return *this;
}

Cgroup::~Cgroup() { static_cast<void>(remove()); }

Status Cgroup::make_directory(const CgroupDirectory& directory,
                              const CgroupPlan& plan,
                              const std::string& suffix) {
  std::string path = directory.mount_point;
  const std::vector<std::string> names = parts_of(directory.path + suffix);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (directory.controller.empty() && !plan.enable_controllers.empty()) {
      if (Status status = enable_controllers(path, plan.enable_controllers);
          !status) {
        return status;
      }
    }
    path += "/" + names[i];
    const bool last = i + 1 == names.size();
    if (mkdir(path.c_str(), 0755) == 0) {
      made_.push_back(path);
      if (directory.controller == "cpuset") {
        if (Status status = fill_cpuset(path); !status) return status;
      }
    } else if (errno != EEXIST) {
      return fail("cgroup: mkdir " + path, errno,
                  "the hierarchy must be writable for this user");
    } else if (last &&
               std::find(made_.begin(), made_.end(), path) == made_.end()) {
      return fail("cgroup: " + path + " exists already", 0,
                  "choose another id or --cgroup-path, or remove it if it is a "
                  "leftover");
    }
  }
  directories_.push_back({directory.controller, path});
  const bool whole = plan.into_by_clone && directory.controller.empty();
  Result<Fd> fd =
      whole ? open_at(AT_FDCWD, path, O_PATH | O_DIRECTORY)
            : open_at(AT_FDCWD, path + "/" + directory.join_file, O_WRONLY);
  if (!fd) return within("cgroup", fd.error());
  join_fds_.push_back(std::move(*fd));
  return {};
}

Status Cgroup::write_limits(const CgroupPlan& plan) {
  Fd file;  // Kept for the writes to the same one that follow: device rules.
  std::string open_path;
  for (const CgroupWrite& write : plan.writes) {
    const auto directory = std::find_if(
        directories_.begin(), directories_.end(),
        [&](const Directory& d) { return d.controller == write.controller; });
    const std::string path = directory->path + "/" + write.file;
    if (path != open_path) {
      const int mode = write.value.empty()      ? O_RDONLY
                       : write.expected.empty() ? O_WRONLY
                                                : O_RDWR;
      Result<Fd> opened = open_at(AT_FDCWD, path, mode);
      if (!opened) return within("cgroup: " + write.value, opened.error());
      file = std::move(*opened);
      open_path = path;
    }
    if (!write.value.empty()) {
      if (Status status = write_at_start(file, path, write.value); !status) {
        return within("cgroup: " + write.value, status.error());
      }
    }
    if (write.expected.empty()) continue;
    const Result<std::string> now = read_open(file, path);
    if (!now) return within("cgroup", now.error());
    const std::string shown = trimmed(*now);
    if (shown != write.expected &&
        !same_lines(shown, trimmed(write.expected))) {
      return fail("cgroup: read-back: " + path + " holds \"" + shown +
                      "\", not \"" + write.expected + "\"",
                  0, "the kernel did not take the limit: ask for another");
    }
  }
  return {};
}

Result<Cgroup> Cgroup::create(const CgroupPlan& plan,
                              const std::string& suffix) {
  Cgroup cgroup;
  if (!plan.delegated.empty()) {
    if (Status status = cgroup.enter_leaf(plan); !status) {
      return tl::unexpected(status.error());
    }
  }
  for (const CgroupDirectory& directory : plan.directories) {
    if (Status status = cgroup.make_directory(directory, plan, suffix);
        !status) {
      return tl::unexpected(status.error());
    }
  }
  if (Status status = cgroup.write_limits(plan); !status) {
    return tl::unexpected(status.error());
  }
  if (!plan.device_program.empty()) {
    const auto v2 =
        std::find_if(cgroup.directories_.begin(), cgroup.directories_.end(),
                     [](const Directory& d) { return d.controller.empty(); });
    if (Status status = attach_device_program(v2->path, plan.device_program);
        !status) {
      return tl::unexpected(status.error());
    }
  }
  return cgroup;
}

Status Cgroup::remove() {
  join_fds_.clear();
  std::string remains;
  int error = 0;
  const auto deadline = std::chrono::steady_clock::now() +
                        std::chrono::milliseconds(kGoneDeadlineMs);
  for (auto path = made_.rbegin(); path != made_.rend(); ++path) {
    while (rmdir(path->c_str()) != 0) {
      // ENOTEMPTY on a parent that others use as well is no leftover of ours.
      if (errno == ENOENT || errno == ENOTEMPTY) break;
      if (errno != EBUSY || std::chrono::steady_clock::now() > deadline) {
        error = errno;
        remains += (remains.empty() ? "" : ", ") + *path;
        break;
      }
      kill_all(*path);
      // A process that was waited for leaves its cgroup a moment later, when
      // it is scheduled for the last time.
      sched_yield();
    }
  }
  made_.clear();
  leave_leaf();
  if (!remains.empty()) return fail("cgroup: rmdir " + remains, error);
  return {};
}

}  // namespace bulkhead
