// The spec that every subject is asked for.
#pragma once

#include <string>

#include "runtime/spec/spec.h"
#include "verify/box.h"

namespace bulkhead::verify {

inline constexpr std::int64_t kMemoryBytes = 96LL << 20;
inline constexpr std::int64_t kTestedPids = 64;
inline constexpr std::int64_t kCpuQuotaUs = 200'000;
inline constexpr std::uint64_t kCpuPeriodUs = 200'000;  ///< Above the default.
/// Below the default, 100. Runtimes map OCI's shares to a weight by one of two
/// formulas; the looser one makes 33 of these.
inline constexpr std::uint64_t kTestedCpuWeight = 10;
inline constexpr std::uint64_t kLoosestCpuWeight = 33;
inline constexpr std::uint32_t kGid = 10;
inline constexpr std::uint32_t kAdditionalGid = 20;
/// Stricter than what runtimes set by themselves (0022).
inline constexpr std::uint32_t kTestedUmask = 027;
/// A directory of the rootfs, and not where a start begins.
inline constexpr const char* kTestedCwd = "/fixtures";
inline constexpr std::int32_t kOomScoreAdj = 100;
/// Where the container sees the directory of the box that is bound into it.
inline constexpr const char* kBindDestination = "/mnt";

/// The source of that bind in the run of `nonce`: the harness makes it before
/// the start, with one more mount below.
[[nodiscard]] std::string bind_source(const std::string& nonce);
/// Where a run keeps its own files.
[[nodiscard]] std::string run_directory(const std::string& nonce);

/// The hardened preset with small limits, a host name of this run and a
/// filter that answers with an errno which nothing else gives. argv, the
/// rootfs and the cgroup path are left to each start. What the cgroups of
/// `box` have no file for is not asked for.
[[nodiscard]] Spec tested_spec(const std::string& nonce, const BoxFacts& box);

}  // namespace bulkhead::verify
