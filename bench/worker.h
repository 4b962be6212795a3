// A process beside the benchmark's own that takes samples on demand: one with
// other privileges, with other memory, or one of several at the same time.
//
//   benchmark                     worker
//   fork ─────────────────────▶   prepare
//   about() ──────────────────▶
//             ◀────────────────    what it prepared, in words
//   ask(n) ───────────────────▶   n samples
//   answer() ◀────────────────    the sum of them, or what went wrong
//   (destroyed) ──────────────▶   exit
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "bench/ground.h"
#include "bench/sampler.h"

namespace bulkhead::bench {

/// What a worker is ready for.
struct Batch {
  std::function<Result<Times>()> once;  ///< Takes one sample.
  std::string about;
};

class Worker {
 public:
  /// Runs `prepare` in the new process; what it returns is called for each
  /// sample. Its failure is the answer to every question.
  Worker(Ground& ground, const std::function<Result<Batch>()>& prepare);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  /// Asks for `count` samples, back to back.
  [[nodiscard]] Status ask(int count) const;
  /// Waits for the answer: the sum of the samples.
  [[nodiscard]] Result<Times> answer() const;

  [[nodiscard]] Result<Times> once() const;
  /// What `prepare` said of itself.
  [[nodiscard]] Result<std::string> about() const;

 private:
  struct Answer;
  [[nodiscard]] Result<Answer> receive() const;
  [[noreturn]] static void serve(Ground& ground,
                                 const std::function<Result<Batch>()>& prepare,
                                 int from, int to);

  pid_t pid_ = -1;
  Fd to_;
  Fd from_;
};

/// In a worker: becomes an ordinary user for good.
[[nodiscard]] Status become_nobody();

}  // namespace bulkhead::bench
