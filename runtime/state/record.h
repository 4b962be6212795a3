// The intent record: what a supervisor is about to make, as text, so that
// somebody else can remove it should the supervisor die.
//
//   bulkhead.record/1
//   supervisor <TAB> pid <TAB> start time <TAB> pid namespace <TAB> boot id
//   tree       <TAB> dev:ino of the root <TAB> root <TAB> path below it
//   numbered   …  every directory "path-" + digits, as of a Launcher
//   parent     …  above one of these: removed if it is empty
//   controllers … handed down there: <TAB> their names
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/state/supervisor.h"

namespace bulkhead {

enum class IntentKind : std::uint8_t {
  kTree,
  kNumbered,
  kParent,
  kControllers
};

/// A cgroup directory that its supervisor will make, or change.
struct Intent {
  IntentKind kind = IntentKind::kTree;
  /// Where the hierarchy is mounted, and which directory that is: the same
  /// name may be another one in another mount namespace.
  std::string root;
  std::uint64_t root_device = 0;
  std::uint64_t root_inode = 0;
  std::string path;         ///< Below `root`, without a slash in front.
  std::string controllers;  ///< kControllers: names with blanks between.
  bool operator==(const Intent&) const = default;

  [[nodiscard]] std::string full_path() const {
    return path.empty() ? root : root + "/" + path;
  }
};

struct Record {
  Supervisor supervisor;
  std::vector<Intent> intents;
};

/// The file name of its record: not that of any other's.
[[nodiscard]] std::string record_name(const Supervisor& supervisor);

/// The first two lines of a record.
[[nodiscard]] std::string record_head(const Supervisor& supervisor);

/// One line. An error where a name holds a tab or a line end.
[[nodiscard]] Result<std::string> record_line(const Intent& intent);

/// An error says which line is wrong. A last line without its end was not
/// written to its end: nothing of it was made.
[[nodiscard]] Result<Record> parse_record(std::string_view text);

/// Whether `name`, found in the directory of `intent`'s path, is one of its
/// numbered directories.
[[nodiscard]] bool is_numbered(const Intent& intent, std::string_view name);

}  // namespace bulkhead
