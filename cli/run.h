// bulkhead run, without its help.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "cli/request.h"
#include "runtime/host/time_try.h"

namespace bulkhead::cli {

struct RunOptions {
  Request request;
  std::string result_file;   ///< Empty: none is written.
  std::string way = "cold";  ///< One of start_names().
};

/// Reads what stands behind `run`, if it is written in the plain way
/// (read_plain_flags()); false, with `options` half filled, if it is not.
[[nodiscard]] bool read_plain_run(std::span<const std::string_view> words,
                                  RunOptions& options);

/// The try that was begun before main(), if there is one; once. It is one of a
/// child in a user namespace.
[[nodiscard]] std::shared_ptr<TimeNamespaceTry> begun_time_try();

/// Runs one container; its exit status, or that of an error.
[[nodiscard]] int run(const RunOptions& options);

}  // namespace bulkhead::cli
