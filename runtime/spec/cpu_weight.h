// cgroup v1 counts CPU shares, 2 to 262144; v2 a weight, 1 to 10000. The
// formula is the one that every OCI runtime uses, rounded so that a weight
// survives the way to shares and back.
#pragma once

#include <cstdint>

namespace bulkhead {

inline constexpr std::uint64_t kMinCpuShares = 2;
inline constexpr std::uint64_t kMaxCpuShares = 262144;
inline constexpr std::uint64_t kMinCpuWeight = 1;
inline constexpr std::uint64_t kMaxCpuWeight = 10000;

[[nodiscard]] constexpr std::uint64_t weight_of_shares(std::uint64_t shares) {
  return kMinCpuWeight + (shares - kMinCpuShares) *
                             (kMaxCpuWeight - kMinCpuWeight) /
                             (kMaxCpuShares - kMinCpuShares);
}

[[nodiscard]] constexpr std::uint64_t shares_of_weight(std::uint64_t weight) {
  constexpr std::uint64_t kWeights = kMaxCpuWeight - kMinCpuWeight;
  constexpr std::uint64_t kShares = kMaxCpuShares - kMinCpuShares;
  return kMinCpuShares +
         ((weight - kMinCpuWeight) * kShares + kWeights - 1) / kWeights;
}

}  // namespace bulkhead
