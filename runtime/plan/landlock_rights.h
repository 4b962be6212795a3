// Landlock's numbers and which kernel has which (linux/landlock.h, as far as
// ABI 7; Debian 12's knows ABI 2).
#pragma once

#include <cstdint>

#include "runtime/plan/builder.h"

namespace bulkhead::landlock {

/// Rights over files, LANDLOCK_ACCESS_FS_…
enum Access : std::uint64_t {
  kExecute = 1U << 0,
  kWriteFile = 1U << 1,
  kReadFile = 1U << 2,
  kReadDir = 1U << 3,
  kMakeChar = 1U << 6,
  kMakeBlock = 1U << 11,
  kAllOfAbi1 = (1U << 13) - 1,
  kRefer = 1U << 13,     ///< ABI 2
  kTruncate = 1U << 14,  ///< ABI 3
  kIoctlDev = 1U << 15,  ///< ABI 5
};
inline constexpr std::uint64_t kReading = kExecute | kReadFile | kReadDir;
inline constexpr std::uint64_t kOfFiles =
    kExecute | kWriteFile | kReadFile | kTruncate | kIoctlDev;
inline constexpr std::uint64_t kBindTcp = 1U << 0;     ///< ABI 4
inline constexpr std::uint64_t kConnectTcp = 1U << 1;  ///< ABI 4

/// The ABI that a part came with; 1 refuses every rename between directories.
inline constexpr int kAbiFiles = 2;
inline constexpr int kAbiTruncate = 3;
inline constexpr int kAbiTcp = 4;
inline constexpr int kAbiIoctl = 5;
inline constexpr int kAbiScope = 6;
inline constexpr int kAbiLog = 7;

/// struct landlock_ruleset_attr: what a ruleset confines.
struct Attributes {
  std::uint64_t files = 0;
  std::uint64_t net = 0;
  std::uint64_t scope = 0;
};

/// What the spec asks for, as far as the host's ABI has it; an error, or a
/// degradation, for the rest.
[[nodiscard]] Result<Attributes> attributes_of(Builder& builder);

}  // namespace bulkhead::landlock
