// All that a set of filters may decide about one call: besides the arguments
// that are asked for, those that follow from the constants which the filters
// themselves compare to.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "verify/bpf_filter.h"

namespace bulkhead::verify {

using Arguments = std::array<std::uint64_t, 6>;

struct BpfDecision {
  Arguments arguments{};
  std::uint32_t action = 0;  ///< SECCOMP_RET_*
};

/// One call as a filter sees it.
[[nodiscard]] seccomp_data call_data(std::uint32_t audit_arch,
                                     std::uint32_t number,
                                     const Arguments& arguments);

/// The decisions for `seeds`, and for arguments around every constant that was
/// compared on the way, at most `most` of these. If the filters look at no
/// argument, only the seeds are there.
[[nodiscard]] std::vector<BpfDecision> explore(
    std::span<const BpfFilter> filters, std::uint32_t audit_arch,
    std::uint32_t number, std::span<const Arguments> seeds,
    std::size_t most = 1024);

}  // namespace bulkhead::verify
