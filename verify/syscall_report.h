// How a system-call surface is told.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "verify/syscall_surface.h"

namespace bulkhead::verify {

/// Everything about one subject.
struct SyscallReport {
  std::string subject;
  std::string version;
  SyscallSurface surface;
  /// Instructions of each filter that was read, oldest first.
  std::optional<std::vector<std::size_t>> filters;
  std::string unread;                ///< Why no filter was read.
  std::string unseen;                ///< Why there is no sweep from inside.
  std::vector<std::string> trouble;  ///< What else the run complained of.
  std::vector<std::string> absent;   ///< Entries that this kernel lacks.
};

/// 1 if anything was found, else 3 if one of the two halves is missing or
/// incomplete, else 0.
[[nodiscard]] int exit_status(const SyscallReport& report);

/// One subject's part of the document: subject, filters, calls, findings,
/// summary.
[[nodiscard]] nlohmann::json to_json(const SyscallReport& report);

/// The table, the summary and every finding, for a terminal.
[[nodiscard]] std::string to_text(const SyscallReport& report, bool color);

}  // namespace bulkhead::verify
