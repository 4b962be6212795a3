// The system calls that build a container: the ones a fault is put into, the
// errnos that each may answer under some kernel, limit or outer filter, and
// what it would answer if it lied.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace bulkhead::verify::faults {

/// What a call that did nothing would answer to be believed.
enum class Lie : std::uint8_t {
  kNone,   ///< Its success is a descriptor or a pid: nothing to pretend.
  kZero,   ///< 0
  kCount,  ///< Its third argument: all bytes written.
};

struct TableCall {
  const char* name;
  int number;
  /// How its arguments tell this call from others of the same number, one
  /// letter each: s string, f descriptor, x flags, d small number, n end
  /// of a range of descriptors, c clone_args; '.' says nothing.
  const char* arguments;
  std::span<const int> errnos;
  Lie lie = Lie::kNone;
};

/// Every call of the table, sorted by name.
[[nodiscard]] std::span<const TableCall> call_table();

/// Null where the table has no such call.
[[nodiscard]] const TableCall* call_named(std::string_view name);
[[nodiscard]] const TableCall* call_numbered(int number);

/// "EPERM"; the number where the C library has no name for it.
[[nodiscard]] std::string_view errno_word(int number);
/// 0 where no errno is called so.
[[nodiscard]] int errno_named(std::string_view word);

}  // namespace bulkhead::verify::faults
