// Errors as values: what was attempted, on what, why it failed, what would
// help.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace bulkhead {

/// Which exit status an error becomes (design: 125 runtime, 126 not
/// executable, 127 not found, 4 usage for `verify`).
enum class ErrorKind { kRuntime, kUsage, kNotExecutable, kNotFound };

/// One failure. `what` reads outside-in: "start: mountns: move_mount /proc".
struct Error {
  std::string what;
  int errno_value = 0;  ///< 0 when no system call failed.
  std::string remedy;   ///< What would help; may be empty.
  ErrorKind kind = ErrorKind::kRuntime;

  /// "what: strerror (number); remedy".
  [[nodiscard]] std::string message() const;
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

/// A failed Result from `what` and an explicit errno (0: none).
[[nodiscard]] tl::unexpected<Error> fail(std::string what, int errno_value = 0,
                                         std::string remedy = {},
                                         ErrorKind kind = ErrorKind::kRuntime);

/// Puts one noun in front of an error on its way up: "noun: " + what.
[[nodiscard]] tl::unexpected<Error> within(std::string_view noun, Error error);

}  // namespace bulkhead
