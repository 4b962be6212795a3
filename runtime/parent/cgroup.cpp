#include "runtime/parent/cgroup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <string_view>
#include <utility>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/parent/cgroup_cpuset.h"
#include "runtime/parent/cgroup_devices.h"
#include "runtime/parent/cgroup_intent.h"
#include "runtime/parent/cgroup_leaf.h"
#include "runtime/state/cgroup_tree.h"

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
  intended_ = std::move(other.intended_);
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
      made_.push_back({path, !last});
      if (directory.controller == "cpuset") {
        if (Status status = fill_cpuset(path); !status) return status;
      }
    } else if (errno != EEXIST) {
      return fail("cgroup: mkdir " + path, errno,
                  "the hierarchy must be writable for this user");
    } else if (last &&
               std::ranges::find(made_, path, &Made::path) == made_.end()) {
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

Status Cgroup::write_limits(const CgroupPlan& plan) const {
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
        Error error = status.error();
        error.remedy = cpuset_remedy(directory->path, write.file);
        return within("cgroup: " + write.value, error);
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
  Result<Intended> intended = intend_cgroup(plan, suffix);
  if (!intended) return tl::unexpected(intended.error());
  cgroup.intended_ = std::move(*intended);
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
  return cgroup;
}

Status Cgroup::limit(const CgroupPlan& plan) const {
  if (Status status = write_limits(plan); !status) return status;
  if (plan.device_program.empty()) return {};
  const auto v2 =
      std::find_if(directories_.begin(), directories_.end(),
                   [](const Directory& d) { return d.controller.empty(); });
  return attach_device_program(v2->path, plan.device_program);
}

Status Cgroup::remove() {
  join_fds_.clear();
  std::string remains;
  const Deadline deadline = in_ms(kGoneDeadlineMs);
  for (auto made = made_.rbegin(); made != made_.rend(); ++made) {
    // One above that others use as well is no leftover of ours.
    if (rmdir(made->path.c_str()) == 0 || made->above) continue;
    if (Status status = remove_cgroup_tree(made->path, deadline); !status) {
      remains += (remains.empty() ? "" : "; ") + status.error().message();
    }
  }
  made_.clear();
  leave_leaf();
  if (remains.empty()) {
    intended_.settle();
    return {};
  }
  intended_ = Intended();  // It stays on the record, whoever calls this again.
  return fail(remains);
}

}  // namespace bulkhead
