#include "runtime/parent/cgroup_leaf.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <mutex>
#include <set>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/parent/cgroup.h"

namespace bulkhead {
namespace {

constexpr const char* kDelegate =
    "a cgroup that holds processes cannot have limited children: start it with "
    "`systemd-run --user --scope -p Delegate=yes`, or as root";

/// How many containers of this process are limited below a delegated cgroup:
/// the first takes the caller to its leaf, the last back.
struct LeafUsers {
  std::mutex mutex;
  std::map<std::string, int> count;
};

LeafUsers& leaf_users() {
  static LeafUsers users;
  return users;
}

}  // namespace

std::string caller_leaf(const std::string& delegated) {
  return delegated + "/bulkhead.caller-" + std::to_string(getpid());
}

Status enable_controllers(const std::string& directory,
                          const std::vector<std::string>& controllers) {
  const Result<std::string> enabled =
      read_file(directory + "/cgroup.subtree_control");
  if (!enabled) return within("cgroup", enabled.error());
  const std::vector<std::string_view> have = words_of(*enabled);
  for (const std::string& controller : controllers) {
    if (std::ranges::find(have, controller) != have.end()) continue;
    const Status status = write_file_at(
        AT_FDCWD, directory + "/cgroup.subtree_control", "+" + controller);
    if (!status) {
      Error error = status.error();
      error.remedy = kDelegate;
      return within("cgroup: enable " + controller, error);
    }
  }
  return {};
}

/// No process may stay in a cgroup that limits its children.
Status Cgroup::enter_leaf(const CgroupPlan& plan) {
  LeafUsers& users = leaf_users();
  const std::lock_guard lock(users.mutex);
  int& count = users.count[plan.delegated];
  if (count > 0) {
    ++count;
    delegated_ = plan.delegated;
    controllers_ = plan.enable_controllers;
    return {};
  }
  const std::string leaf = caller_leaf(plan.delegated);
  if (mkdir(leaf.c_str(), 0755) != 0) {
    return fail("cgroup: mkdir " + leaf, errno, kDelegate);
  }
  ++count;
  delegated_ = plan.delegated;
  controllers_ = plan.enable_controllers;
  if (Status status = write_file_at(AT_FDCWD, leaf + "/cgroup.procs", "0");
      !status) {
    return within("cgroup", status.error());
  }
  return {};
}

/// Back, once nothing below is limited. What another run of the same caller
/// still needs stays: the kernel refuses with EBUSY.
void Cgroup::leave_leaf() {
  if (delegated_.empty()) return;
  LeafUsers& users = leaf_users();
  const std::lock_guard lock(users.mutex);
  if (--users.count[delegated_] > 0) {
    delegated_.clear();
    return;
  }
  for (const std::string& controller : controllers_) {
    static_cast<void>(write_file_at(
        AT_FDCWD, delegated_ + "/cgroup.subtree_control", "-" + controller));
  }
  static_cast<void>(write_file_at(AT_FDCWD, delegated_ + "/cgroup.procs", "0"));
  rmdir(caller_leaf(delegated_).c_str());
  delegated_.clear();
}

}  // namespace bulkhead
