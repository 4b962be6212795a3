// For probes of system-call filters: other entries into the kernel, poisoned
// arguments, and the twin that every filter must let through.
#pragma once

#include <initializer_list>

#include "probes/support/try.h"

namespace bulkhead::probes {

/// An address that no process has mapped: past the filter it gives EFAULT.
inline constexpr long kBadPointer = 1;

/// getppid, clock_gettime, fork and wait work.
[[nodiscard]] Observation ordinary_calls();

/// A thread can be made (glibc tries clone3 first, and falls back on ENOSYS
/// only).
[[nodiscard]] Observation threads_work();

/// An i386 system call through `int $0x80`, from 64-bit code. A kernel without
/// IA32 emulation kills the caller with SIGSEGV: run it by in_child() with
/// no_i386().
[[nodiscard]] Called call_i386(long number, long first = 0, long second = 0,
                               long third = 0);

/// What a child's death in call_i386() says.
[[nodiscard]] Observation no_i386(int signal);

/// One row of a table of calls: what is called, and which errnos come only
/// past every check.
struct Row {
  const char* name;
  Called (*make)();
  std::initializer_list<int> past;
};

/// Makes each row's call in a child of its own.
[[nodiscard]] Observation observe_rows(std::initializer_list<Row> rows);

}  // namespace bulkhead::probes
