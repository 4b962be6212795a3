// What the workload says of itself: one record on descriptor 1. Shared by the
// workload, which has no libc, and by the program that reads it.
#pragma once

#include <cstdint>

namespace bulkhead::bench {

/// Begins a record; a runtime's own words on the same pipe do not.
inline constexpr std::uint64_t kRecordMagic = 0x6b72'6f77'2d68'6b62;

/// Where and as what the workload found itself.
struct Record {
  std::uint64_t magic;
  std::uint64_t stamp;  ///< The counter at its first instruction.
  std::int32_t pid;
  std::int32_t no_new_privs;  ///< prctl(PR_GET_NO_NEW_PRIVS)
  std::int32_t seccomp;       ///< prctl(PR_GET_SECCOMP): 2 is a filter
  std::int32_t uid;
  std::uint64_t capabilities;  ///< Effective, all 64.
  char hostname[64];           ///< uname(2)'s nodename, cut.
};

/// The word after the program's name that makes it stay until it is killed.
inline constexpr char kStay[] = "stay";

}  // namespace bulkhead::bench
