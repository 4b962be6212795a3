// What is wrong with a spec, and where. Complaints are collected, all at once:
// nobody should have to repair a file one message at a time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace bulkhead {

/// One thing that is wrong. `pointer` is the JSON pointer (RFC 6901) of its
/// place in config.json, such as "/linux/namespaces/3/type"; `text` says what
/// was wrong and what would be right.
struct Complaint {
  std::string pointer;
  std::string text;
  /// It may well be right, and is only not done here.
  bool not_implemented = false;
  bool operator==(const Complaint&) const = default;
};

/// "POINTER: TEXT" ("(whole file)" stands for the empty pointer).
[[nodiscard]] std::string to_string(const Complaint& complaint);

/// One Error for all of them, a line each, under `what`.
[[nodiscard]] Error error_of(std::string_view what,
                             const std::vector<Complaint>& complaints,
                             ErrorKind kind = ErrorKind::kRuntime);

}  // namespace bulkhead
