// Running a subject: pipes for stdio, bounded output, a deadline. What the
// harness leaves open for it to inherit is inherited; nothing is tidied up.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/fd.h"
#include "runtime/base/result.h"

namespace bulkhead::verify {

inline constexpr std::size_t kMaxOutputBytes = 4 << 20;
inline constexpr std::size_t kMaxErrorBytes = 64 << 10;

/// Both ends close on exec.
struct Pipe {
  Fd read;
  Fd write;
};

[[nodiscard]] Result<Pipe> make_pipe();

/// Takes part in a run from outside the program.
class Companion {
 public:
  using Clock = std::chrono::steady_clock;

  Companion() = default;
  Companion(const Companion&) = delete;
  Companion& operator=(const Companion&) = delete;
  virtual ~Companion() = default;
  /// In the child, last thing before exec: async-signal-safe. False, with
  /// errno set: the program is not executed.
  virtual bool before_exec() = 0;
  /// In the parent, once, as soon as there is a child.
  virtual Status join(int pidfd) = 0;
  /// Whenever this is readable, serve() is called; -1: never.
  [[nodiscard]] virtual int fd() const = 0;
  virtual void serve() = 0;
  /// When the program is to be killed as if it had timed out.
  [[nodiscard]] virtual std::optional<Clock::time_point> deadline() const = 0;
};

struct Command {
  std::vector<std::string> argv;
  /// Descriptors that the program gets under the same number although they
  /// are close-on-exec here.
  std::vector<int> inherited;
  int idle_ms = 10'000;   ///< Killed when nothing was said for so long,
  int total_ms = 60'000;  ///< or when it ran for so long.
  /// If set, stdin stays open until this says true to all the output so far;
  /// then one byte is written and stdin ends.
  std::function<bool(std::string_view out)> release;
  /// A file or directory, opened for reading, in place of an empty stdin;
  /// goes with no `release`.
  std::string stdin_path;
  Companion* companion = nullptr;  ///< Not owned.
};

struct Ended {
  std::string out;
  std::string err;
  int code = 0;    ///< Exit status, if it exited.
  int signal = 0;  ///< The signal that ended it, if one did.
  bool timed_out = false;
  bool cut = false;  ///< It said more than kMaxOutputBytes.

  /// "exited with 3", "was killed by signal 9", "said nothing in time, …".
  [[nodiscard]] std::string how() const;
};

/// Starts `command` in a process group of its own with the caller's
/// environment and, but for `release` and `stdin_path`, an empty stdin, and
/// waits for its end. Descendants that keep the pipes open are not waited for.
/// Fails if the program cannot be executed.
[[nodiscard]] Result<Ended> run_command(const Command& command);

}  // namespace bulkhead::verify
