#include "verify/box_cgroup.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <set>
#include <sstream>

#include "runtime/base/fd.h"
#include "runtime/base/file.h"

namespace bulkhead::verify {
namespace {

namespace fs = std::filesystem;

std::string slurp(const std::string& path) {
  return trimmed(read_file(path).value_or(std::string()));
}

Status put(const std::string& path, std::string_view text) {
  const Fd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return fail("open " + path, errno);
  if (write(file.get(), text.data(), text.size()) < 0) {
    return fail("write " + path, errno);
  }
  return {};
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, at);) {
    parts.push_back(part);
  }
  return parts;
}

/// The words that name a v1 hierarchy, of all its super-block options.
std::string controllers_of(const std::string& super_options) {
  static const std::set<std::string> kGeneric = {
      "rw", "ro", "xattr", "clone_children", "noprefix", "none"};
  std::string controllers;
  for (const std::string& word : split(super_options, ',')) {
    if (kGeneric.contains(word) || word.starts_with("release_agent=") ||
        word.starts_with("cpuset_v2_mode")) {
      continue;
    }
    controllers += (controllers.empty() ? "" : ",") + word;
  }
  return controllers;
}

bool has_controller(const Hierarchy& hierarchy, std::string_view name) {
  return std::ranges::any_of(split(hierarchy.controllers, ','),
                             [&](const auto& word) { return word == name; });
}

/// cgroup2: the controllers that a box wants and the children of `root` lack.
std::vector<std::string> not_handed_down(const std::string& root) {
  static const std::set<std::string> kWanted = {"memory", "pids", "cpu",
                                                "cpuset", "io",   "hugetlb"};
  const auto have = split(slurp(root + "/cgroup.subtree_control"), ' ');
  std::vector<std::string> missing =
      split(slurp(root + "/cgroup.controllers"), ' ');
  std::erase_if(missing, [&](const std::string& name) {
    return !kWanted.contains(name) ||
           std::ranges::find(have, name) != have.end();
  });
  return missing;
}

std::vector<std::string> cgroups_at(const std::string& root) {
  std::vector<std::string> children;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(root, ignored)) {
    if (entry.is_directory(ignored)) children.push_back(entry.path());
  }
  return children;
}

void thaw_tree(const std::string& root) {
  for (const std::string& child : cgroups_at(root)) thaw_tree(child);
  // Exactly one of the two exists; neither in a hierarchy without freezer.
  (void)put(root + "/freezer.state", "THAWED");
  (void)put(root + "/cgroup.freeze", "0");
}

void kill_all_in(const std::string& cgroup) {
  for (const std::string& line : split(slurp(cgroup + "/cgroup.procs"), '\n')) {
    const pid_t pid = std::atoi(line.c_str());
    // 0: a process of another pid namespace, which is none of ours.
    if (pid > 1 && pid != getpid()) kill(pid, SIGKILL);
  }
}

/// Killed processes need a moment to leave; rmdir says EBUSY until then.
bool remove_one(const std::string& cgroup) {
  constexpr int kYields = 2000;
  for (int i = 0; i < kYields; ++i) {
    if (rmdir(cgroup.c_str()) == 0 || errno == ENOENT) return true;
    if (errno != EBUSY) return false;
    kill_all_in(cgroup);
    sched_yield();
  }
  return false;
}

bool remove_tree(const std::string& cgroup) {
  bool all = true;
  for (const std::string& child : cgroups_at(cgroup)) {
    all = remove_tree(child) && all;
  }
  return remove_one(cgroup) && all;
}

}  // namespace

std::vector<Hierarchy> find_hierarchies(std::string_view mountinfo) {
  std::vector<Hierarchy> v1;
  std::vector<Hierarchy> unified;
  std::istringstream lines{std::string(mountinfo)};
  for (std::string line; std::getline(lines, line);) {
    const auto dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    const auto before = split(line.substr(0, dash), ' ');
    const auto after = split(line.substr(dash + 3), ' ');
    if (before.size() < 5 || after.size() < 3) continue;
    if (after[0] == "cgroup2" && unified.empty()) {
      unified.push_back({.mount_point = before[4], .unified = true});
    }
    if (after[0] != "cgroup") continue;
    Hierarchy found{.mount_point = before[4],
                    .controllers = controllers_of(after[2])};
    const bool known = std::ranges::any_of(v1, [&](const Hierarchy& other) {
      return other.controllers == found.controllers;
    });
    if (!known && !found.controllers.empty()) v1.push_back(std::move(found));
  }
  return v1.empty() ? unified : v1;
}

Result<Intended> intend_box(const std::vector<Hierarchy>& hierarchies,
                            const std::string& name) {
  std::vector<Intent> intents;
  for (const Hierarchy& hierarchy : hierarchies) {
    const std::string& root = hierarchy.mount_point;
    intents.push_back({IntentKind::kTree, root, 0, 0, name, {}});
    if (!hierarchy.unified) continue;
    std::string missing;
    for (const std::string& controller : not_handed_down(root)) {
      missing += (missing.empty() ? "" : " ") + controller;
    }
    if (missing.empty()) continue;  // systemd(1) hands all of them down.
    intents.push_back({IntentKind::kControllers, root, 0, 0, "", missing});
  }
  if (intents.empty()) return Intended();
  return intend(std::move(intents));
}

BoxCgroups::BoxCgroups(std::vector<Hierarchy> hierarchies,
                       const std::string& name, Intended intended)
    : intended_(std::move(intended)) {
  for (Hierarchy& hierarchy : hierarchies) {
    const std::string path = hierarchy.mount_point + "/" + name;
    if (hierarchy.unified) delegate(hierarchy);
    if (mkdir(path.c_str(), 0755) != 0) {
      notes_.push_back(fail("cgroup: mkdir " + path, errno).value().message());
      continue;
    }
    subtrees_.push_back({std::move(hierarchy), path});
    if (!bound(subtrees_.back())) {
      remove_tree(path);
      subtrees_.pop_back();
    }
  }
}

/// Sets what the new cgroup needs before a process may enter it.
bool BoxCgroups::bound(const Subtree& subtree) {
  std::vector<std::pair<std::string, std::string>> writes;
  const Hierarchy& hierarchy = subtree.hierarchy;
  const std::string& path = subtree.path;
  // "domain threaded" or "domain invalid": the parent holds processes, and
  // what enters here could not be limited (cgroups(7), no internal processes).
  if (hierarchy.unified && slurp(path + "/cgroup.type") != "domain") {
    notes_.push_back("cgroup: " + hierarchy.mount_point +
                     " holds processes: move them to a leaf cgroup first");
    return false;
  }
  if (hierarchy.unified) {
    writes = {{"memory.max", std::string(kBoxMemoryBytes)},
              {"pids.max", std::string(kBoxPids)}};
    std::erase_if(writes, [&](const auto& item) {
      return access((path + "/" + item.first).c_str(), F_OK) != 0;
    });
  } else if (has_controller(hierarchy, "memory")) {
    writes = {{"memory.limit_in_bytes", std::string(kBoxMemoryBytes)}};
  } else if (has_controller(hierarchy, "pids")) {
    writes = {{"pids.max", std::string(kBoxPids)}};
  } else if (has_controller(hierarchy, "cpuset")) {
    // A new cpuset is empty, and nothing may enter an empty one.
    for (const char* file : {"cpuset.cpus", "cpuset.mems"}) {
      writes.emplace_back(file, slurp(hierarchy.mount_point + "/" + file));
    }
    writes.emplace_back("cgroup.clone_children", "1");
  }
  for (const auto& [file, value] : writes) {
    std::string target = path;
    target += "/" + file;
    if (const auto done = put(target, value); !done) {
      notes_.push_back("cgroup: " + done.error().message());
      return false;
    }
  }
  return true;
}

/// cgroup2: hands the controllers of the root down, remembering which ones
/// were not handed down before.
void BoxCgroups::delegate(const Hierarchy& hierarchy) {
  const std::string control = hierarchy.mount_point + "/cgroup.subtree_control";
  for (const std::string& name : not_handed_down(hierarchy.mount_point)) {
    if (const auto done = put(control, "+" + name); !done) {
      notes_.push_back("cgroup: " + done.error().message());
      continue;
    }
    enabled_at_ = hierarchy.mount_point;
    enabled_.push_back(name);
  }
}

Status BoxCgroups::enter(pid_t pid) const {
  for (const Subtree& subtree : subtrees_) {
    if (auto done = put(subtree.path + "/cgroup.procs", std::to_string(pid));
        !done) {
      return within("cgroup", done.error());
    }
  }
  return {};
}

void BoxCgroups::thaw() const {
  for (const Subtree& subtree : subtrees_) thaw_tree(subtree.path);
}

bool BoxCgroups::remove() {
  bool all = true;
  for (const Subtree& subtree : subtrees_) {
    all = remove_tree(subtree.path) && all;
  }
  subtrees_.clear();
  for (const std::string& name : enabled_) {
    // Refused where somebody else uses it by now: then it is theirs.
    (void)put(enabled_at_ + "/cgroup.subtree_control", "-" + name);
  }
  enabled_.clear();
  // What is left stays on the record, whoever calls this again.
  if (all) intended_.settle();
  intended_ = Intended();
  return all;
}

bool remove_cgroups_below(const std::string& root, std::string_view keep) {
  bool all = true;
  for (const std::string& child : cgroups_at(root)) {
    if (fs::path(child).filename() == keep) continue;
    thaw_tree(child);
    all = remove_tree(child) && all;
  }
  return all;
}

}  // namespace bulkhead::verify
