#include "runtime/parent/cgroup_intent.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/text.h"
#include "runtime/parent/cgroup_leaf.h"

namespace bulkhead {
namespace {

/// As a Launcher ends the names of its cgroups: "-" and a number.
bool is_number(std::string_view suffix) {
  return suffix.size() > 1 && suffix.front() == '-' &&
         suffix.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

/// `path` as it is made: no empty parts.
std::string plain(std::string_view path) {
  std::string result;
  for (const std::string_view part : split(path, '/')) {
    if (part.empty()) continue;
    if (!result.empty()) result += '/';
    result += part;
  }
  return result;
}

void add_missing_parents(const std::string& root, const std::string& path,
                         std::vector<Intent>& intents) {
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string above = path.substr(0, slash);
    if (access((root + "/" + above).c_str(), F_OK) == 0) continue;
    intents.push_back({IntentKind::kParent, root, 0, 0, above, {}});
  }
}

/// The cgroup that the caller leaves, and its leaf there.
void add_delegated(const CgroupPlan& plan, std::vector<Intent>& intents) {
  const std::string& root = plan.directories.front().mount_point;
  const std::string own = plan.delegated.substr(root.size() + 1);
  std::string names;
  for (const std::string& controller : plan.enable_controllers) {
    names += (names.empty() ? "" : " ") + controller;
  }
  if (!names.empty()) {
    intents.push_back({IntentKind::kControllers, root, 0, 0, own, names});
  }
  intents.push_back({IntentKind::kParent,
                     root,
                     0,
                     0,
                     caller_leaf(plan.delegated).substr(root.size() + 1),
                     {}});
}

}  // namespace

Result<Intended> intend_cgroup(const CgroupPlan& plan,
                               const std::string& suffix) {
  const bool numbered = is_number(suffix);
  std::vector<Intent> intents;
  for (const CgroupDirectory& directory : plan.directories) {
    std::string path = plain(directory.path + (numbered ? "" : suffix));
    if (path.find('/') != std::string::npos) {
      add_missing_parents(directory.mount_point, path, intents);
    }
    intents.push_back({numbered ? IntentKind::kNumbered : IntentKind::kTree,
                       directory.mount_point,
                       0,
                       0,
                       std::move(path),
                       {}});
  }
  if (!plan.delegated.empty()) add_delegated(plan, intents);
  Result<Intended> intended = intend(std::move(intents));
  if (!intended) return within("cgroup", intended.error());
  return intended;
}

}  // namespace bulkhead
