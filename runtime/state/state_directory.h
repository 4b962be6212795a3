// Where records are kept: /run/bulkhead/state for root, bulkhead/state below
// $XDG_RUNTIME_DIR for others, $BULKHEAD_STATE_DIR for whoever sets it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/fd.h"
#include "runtime/base/result.h"

namespace bulkhead {

/// The variable of the environment that names another place.
inline constexpr const char* kStateVariable = "BULKHEAD_STATE_DIR";

/// An error where a user has no such place.
[[nodiscard]] Result<std::string> state_directory_path();

/// The directory, opened and locked against every other user of it until it
/// goes out of scope.
class StateDirectory {
 public:
  /// Makes it, mode 0700, where it is missing. An error where it cannot be
  /// made, belongs to somebody else, others may enter it, or another process
  /// has held it for 2 s.
  [[nodiscard]] static Result<StateDirectory> open_locked();
  /// Nothing where it does not exist.
  [[nodiscard]] static Result<std::optional<StateDirectory>> find_locked();

  [[nodiscard]] int fd() const { return directory_.get(); }
  [[nodiscard]] const std::string& path() const { return path_; }
  /// The names in it.
  [[nodiscard]] Result<std::vector<std::string>> names() const;
  /// Makes the record `name`, or replaces it, at once and complete; its
  /// descriptor, which holds flock(2) and is open for appending.
  [[nodiscard]] Result<Fd> write_record(const std::string& name,
                                        std::string_view text) const;

 private:
  StateDirectory(Fd directory, std::string path)
      : directory_(std::move(directory)), path_(std::move(path)) {}
  [[nodiscard]] static Result<StateDirectory> lock(std::string path);

  Fd directory_;
  std::string path_;
};

/// While a record is made it has this name.
inline constexpr const char* kUnfinishedRecord = ".new";

}  // namespace bulkhead
