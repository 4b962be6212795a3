#include "runtime/state/leftovers.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/state/cgroup_root.h"

namespace bulkhead {
namespace {

namespace fs = std::filesystem;

bool same_root(const Intent& a, const Intent& b) {
  return a.root_device == b.root_device && a.root_inode == b.root_inode;
}

class Remover {
 public:
  Remover(const std::vector<Record>& living, Deadline deadline)
      : living_(living), deadline_(deadline) {}

  void remove(const Intent& intent) {
    const Result<std::optional<CgroupRoot>> root = find_root(intent);
    if (!root) {
      done_.remains.push_back(
          within(intent.full_path(), root.error()).value().message());
      return;
    }
    if (!*root) return;
    root_ = (*root)->path;
    switch (intent.kind) {
      case IntentKind::kTree:
        return remove_tree(intent, intent.path);
      case IntentKind::kNumbered:
        return remove_numbered(intent);
      case IntentKind::kParent:
        return remove_parent(intent);
      case IntentKind::kControllers:
        return take_back(intent);
    }
  }

  Leftovers take() { return std::move(done_); }

 private:
  /// The pid of a living supervisor that names `path` as its own; 0: none.
  [[nodiscard]] pid_t claimed_by(const Intent& dead,
                                 const std::string& path) const {
    const std::string name = path.substr(path.rfind('/') + 1);
    const std::string place = path.substr(0, path.size() - name.size());
    for (const Record& record : living_) {
      for (const Intent& intent : record.intents) {
        if (!same_root(intent, dead)) continue;
        const bool there =
            intent.path.substr(0, intent.path.rfind('/') + 1) == place;
        const bool same =
            intent.kind == IntentKind::kTree && intent.path == path;
        if (same || intent.path.starts_with(path + "/") ||
            (there && is_numbered(intent, name))) {
          return record.supervisor.pid;
        }
      }
    }
    return 0;
  }

  void remove_tree(const Intent& intent, const std::string& path) {
    const std::string place = root_ + "/" + path;
    const std::string full = intent.root + "/" + path;
    if (access(place.c_str(), F_OK) != 0 && errno == ENOENT) return;
    if (const pid_t pid = claimed_by(intent, path); pid != 0) {
      done_.remains.push_back(full + ": the living supervisor " +
                              std::to_string(pid) +
                              " uses the same name: whose it is cannot be "
                              "told before that has ended");
      return;
    }
    const Status status = remove_cgroup_tree(place, deadline_);
    if (!status) {
      done_.remains.push_back(status.error().message());
    } else if (access(place.c_str(), F_OK) == 0) {
      // Not believed but seen.
      done_.remains.push_back(full + ": is there although it was removed");
    } else {
      done_.removed.push_back(full);
    }
  }

  void remove_numbered(const Intent& intent) {
    const std::size_t slash = intent.path.rfind('/') + 1;
    const std::string place = intent.path.substr(0, slash);
    std::vector<std::string> found;
    std::error_code error;
    for (const auto& entry :
         fs::directory_iterator(root_ + "/" + place, error)) {
      const std::string name = entry.path().filename();
      if (is_numbered(intent, name)) found.push_back(place + name);
    }
    if (error && error.value() != ENOENT) {
      done_.remains.push_back(intent.full_path() + "-*: " + error.message());
    }
    for (const std::string& path : found) remove_tree(intent, path);
  }

  void remove_parent(const Intent& intent) {
    const std::string full = intent.full_path();
    if (rmdir((root_ + "/" + intent.path).c_str()) == 0) {
      done_.removed.push_back(full);
    } else if (errno == EBUSY || errno == ENOTEMPTY) {
      done_.left_to_others.push_back(full);
    } else if (errno != ENOENT) {
      done_.remains.push_back(fail("rmdir " + full, errno).value().message());
    }
  }

  /// Refused where somebody else uses it by now: then it is theirs.
  void take_back(const Intent& intent) {
    const std::string file =
        root_ + "/" + intent.path + "/cgroup.subtree_control";
    const Result<std::string> now = read_file(file);
    if (!now) return;
    const std::vector<std::string_view> on = words_of(*now);
    for (const std::string_view name : words_of(intent.controllers)) {
      if (std::ranges::find(on, name) == on.end()) continue;
      if (!write_file_at(AT_FDCWD, file, "-" + std::string(name))) {
        done_.left_to_others.push_back(intent.full_path() + ": " +
                                       std::string(name));
      }
    }
  }

  const std::vector<Record>& living_;
  Deadline deadline_;
  std::string root_;  ///< Of the intent that is being removed.
  Leftovers done_;
};

/// Containers first, then what is above them, the innermost first.
std::vector<Intent> in_order(std::vector<Intent> intents) {
  const auto rank = [](const Intent& intent) {
    const bool tree = intent.kind == IntentKind::kTree ||
                      intent.kind == IntentKind::kNumbered;
    return std::pair(tree                                 ? 0
                     : intent.kind == IntentKind::kParent ? 1
                                                          : 2,
                     -static_cast<long>(intent.path.size()));
  };
  std::ranges::stable_sort(intents, {}, rank);
  return intents;
}

}  // namespace

Leftovers remove_leftovers(const Record& record,
                           const std::vector<Record>& living,
                           Deadline deadline) {
  Remover remover(living, deadline);
  for (const Intent& intent : in_order(record.intents)) remover.remove(intent);
  return remover.take();
}

}  // namespace bulkhead
