#include "verify/bpf_explore.h"

#include <linux/audit.h>

#include <cstddef>
#include <set>

namespace bulkhead::verify {
namespace {

constexpr unsigned kFirstArgumentWord =
    offsetof(seccomp_data, args) / sizeof(std::uint32_t);

static_assert(kFirstArgumentWord % 2 == 0);

/// `arguments` with one of their twelve 32-bit words replaced.
Arguments with_word(Arguments arguments, unsigned word, std::uint32_t value) {
  const unsigned shift = word % 2 * 32;
  std::uint64_t& argument = arguments[word / 2];
  argument &= ~(std::uint64_t{0xffffffff} << shift);
  argument |= std::uint64_t{value} << shift;
  return arguments;
}

/// Values on both sides of a comparison with `constant`.
std::vector<std::uint32_t> around(const BpfCompare& compare) {
  const std::uint32_t shown = compare.constant & compare.mask;
  const std::uint32_t hidden = ~compare.mask;
  const std::uint32_t lowest = compare.mask & -compare.mask;
  std::vector<std::uint32_t> values = {shown,
                                       shown | hidden,
                                       shown ^ lowest,
                                       compare.constant + 1,
                                       compare.constant - 1,
                                       0,
                                       ~0U,
                                       ~compare.constant};
  for (std::uint32_t bit = 1; bit != 0; bit <<= 1) {
    if ((shown & bit) != 0) values.push_back(bit);
  }
  return values;
}

}  // namespace

seccomp_data call_data(std::uint32_t audit_arch, std::uint32_t number,
                       const Arguments& arguments) {
  seccomp_data data{};
  data.nr = static_cast<int>(number);
  data.arch = audit_arch;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    data.args[i] = arguments[i];
  }
  return data;
}

std::vector<BpfDecision> explore(std::span<const BpfFilter> filters,
                                 std::uint32_t audit_arch, std::uint32_t number,
                                 std::span<const Arguments> seeds,
                                 std::size_t most) {
  std::vector<BpfDecision> decisions;
  std::vector<Arguments> pending(seeds.begin(), seeds.end());
  std::set<Arguments> known(seeds.begin(), seeds.end());
  std::vector<BpfCompare> compared;
  const std::size_t limit = seeds.size() + most;
  for (std::size_t i = 0; i < pending.size(); ++i) {
    const Arguments arguments = pending[i];
    compared.clear();
    const std::uint32_t action =
        decide(filters, call_data(audit_arch, number, arguments), &compared);
    decisions.push_back({arguments, action});
    for (const BpfCompare& compare : compared) {
      if (compare.word < kFirstArgumentWord) continue;
      // A 32-bit entry leaves the upper halves zero.
      if (compare.word % 2 == 1 && (audit_arch & __AUDIT_ARCH_64BIT) == 0) {
        continue;
      }
      for (const std::uint32_t value : around(compare)) {
        const Arguments next =
            with_word(arguments, compare.word - kFirstArgumentWord, value);
        if (pending.size() < limit && known.insert(next).second) {
          pending.push_back(next);
        }
      }
    }
  }
  return decisions;
}

}  // namespace bulkhead::verify
