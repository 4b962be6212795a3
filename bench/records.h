// The pipe on which the workload's records arrive, and what they must say.
#pragma once

#include <cstdint>
#include <string>

#include "bench/record.h"
#include "runtime/base/fd.h"
#include "runtime/base/result.h"
#include "runtime/spec/spec.h"

namespace bulkhead::bench {

/// How a workload must have found itself: every iteration is checked.
struct Expected {
  /// The highest pid it may have: 1 is its own init, some runtimes put theirs
  /// before it; 0: any.
  int most_pid = 0;
  bool no_new_privs = false;
  bool filter = false;
  bool no_capabilities = false;
  std::string hostname;  ///< Empty: any.
};

/// What a container of `spec` must be like.
[[nodiscard]] Expected expected_of(const Spec& spec);

/// What in `record` is not as it must be; empty: nothing.
[[nodiscard]] std::string not_as(const Expected& expected,
                                 const Record& record);

/// A pipe whose one end is this process's descriptor 1, so that everything
/// started from here inherits it as it is.
class Records {
 public:
  /// Puts a new pipe in the place of descriptor 1.
  [[nodiscard]] static Result<Records> on_stdout();

  /// The one record that arrived, checked; whatever else a runtime said on the
  /// way is passed over. An error also when there are two.
  [[nodiscard]] Result<Record> take(const Expected& expected) const;

  /// The same of a workload that still runs: waits for the record.
  [[nodiscard]] Result<Record> await(const Expected& expected) const;

  /// Forgets what arrived.
  void drop() const;

 private:
  Fd read_end_;
};

/// The record in `text`.
[[nodiscard]] Result<Record> find_record(const std::string& text,
                                         const Expected& expected);

}  // namespace bulkhead::bench
