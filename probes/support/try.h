// From system calls to observations.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <string>
#include <vector>

#include "probes/probe.h"

namespace bulkhead::probes {

/// What a system call returned; `error` is 0 when it succeeded.
struct Called {
  long value = 0;
  int error = 0;
  [[nodiscard]] bool ok() const { return error == 0; }
};

/// Raw system call `number`; no libc wrapper between probe and kernel.
template <class... Arguments>
[[nodiscard]] Called call(long number, Arguments... arguments) {
  const long value = syscall(number, arguments...);
  return value == -1 ? Called{-1, errno} : Called{value, 0};
}

/// Wraps the result of a libc function that sets errno.
[[nodiscard]] Called called(long value);

/// "EPERM", or the number if libc has no name for it.
[[nodiscard]] std::string errno_name(int error);

/// True when a seccomp filter is in force for this process.
[[nodiscard]] bool filtered();

/// Success, or an errno of `past` (given only after the permission check), is
/// reached. ENOSYS without a filter means this kernel lacks the call: absent.
/// Everything else is refused.
[[nodiscard]] Observation observe(const Called& called,
                                  std::initializer_list<int> past,
                                  const std::string& what);

/// Several ways to one goal: reached if any way got through.
class Tally {
 public:
  void add(const std::string& way, const Observation& seen);
  /// Reached if any was; else broken if any was, for want of a fact if all
  /// were that; else absent if all were;
  /// else refused, by the first refusal's errno or signal.
  [[nodiscard]] Observation result() const;

 private:
  Observation first_refusal_;
  /// What the first broken one misses; empty: one was broken otherwise.
  std::string missing_fact_;
  std::vector<std::string> reached_, refused_, absent_, broken_;
};

}  // namespace bulkhead::probes
