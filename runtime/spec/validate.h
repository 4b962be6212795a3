// The rules that no single field can break: what a spec must not ask for
// because it could not hold or would not mean what it says.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/spec/complaint.h"
#include "runtime/spec/spec.h"

namespace bulkhead {

/// With less the kernel kills what starts: with 64 KiB before its exec, with
/// 192 KiB /bin/true after it.
inline constexpr std::int64_t kMinMemoryBytes = 256 * 1024;
inline constexpr std::int64_t kMinCpuQuotaUs = 1000;  ///< Kernel minimum.
inline constexpr std::uint64_t kMinCpuPeriodUs = 1000;
inline constexpr std::uint64_t kMaxCpuPeriodUs = 1000000;
inline constexpr std::size_t kMaxHostnameBytes = 64;  ///< uname(2)
inline constexpr std::size_t kMaxIdBytes = 128;

/// Everything that is wrong with `spec`; empty when nothing is. Looks at the
/// spec alone, never at the machine.
[[nodiscard]] std::vector<Complaint> validate(const Spec& spec);

/// Whether `id` may name a container and so a folder: 1 to 128 of
/// [A-Za-z0-9_.+-], not "." or "..", no leading '-'.
[[nodiscard]] Status validate_id(std::string_view id);

}  // namespace bulkhead
