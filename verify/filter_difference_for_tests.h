// Where two filters answer a call differently, for tests: by the evaluator of
// this side, which shares nothing with what writes filters.
#pragma once

#include <gtest/gtest.h>
#include <linux/audit.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "verify/bpf_explore.h"
#include "verify/bpf_test_code.h"

namespace bulkhead::verify {

inline constexpr std::uint32_t kX32Bit = 0x40000000;
inline constexpr std::uint32_t kBeyondAll =
    600;  ///< No kernel has so many numbers.

/// One that the policies name, two that they may name, and strangers.
inline constexpr std::uint32_t kArches[] = {
    AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, 0, 1, UINT32_MAX};

inline Code code_of(const Result<std::string>& program) {
  EXPECT_TRUE(program) << program.error().message();
  if (!program) return {answer(0)};
  Code code(program->size() / sizeof(sock_filter));
  std::memcpy(code.data(), program->data(), program->size());
  return code;
}

inline std::vector<BpfFilter> filter_of(const Code& code) {
  auto filter = BpfFilter::make(code);
  EXPECT_TRUE(filter) << filter.error().message();
  std::vector<BpfFilter> filters;
  if (filter) filters.push_back(std::move(*filter));
  return filters;
}

/// The kernel has 32 bits of each on i386.
inline bool can_be(std::uint32_t arch, const Arguments& arguments) {
  return arch != AUDIT_ARCH_I386 ||
         std::ranges::all_of(arguments, [](std::uint64_t value) {
           return value <= UINT32_MAX;
         });
}

inline constexpr std::uint64_t kLow = UINT32_MAX;
inline constexpr Arguments kSeeds[] = {
    {},
    kArguments,
    {~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL},
    {kLow, kLow, kLow, kLow, kLow, kLow}};

inline std::string text_of(std::uint32_t arch, std::uint32_t number,
                           const Arguments& arguments) {
  std::string text = "arch " + std::to_string(arch) + " number " +
                     std::to_string(number) + ":";
  for (const std::uint64_t argument : arguments) {
    text += " " + std::to_string(argument);
  }
  return text;
}

/// The first difference for one call, at and around the constants that either
/// of them compares with; "" if there is none.
inline std::string difference(const std::vector<BpfFilter>& one,
                              const std::vector<BpfFilter>& other,
                              std::uint32_t arch, std::uint32_t number) {
  for (const auto& [from, with] : {std::pair{&one, &other}, {&other, &one}}) {
    for (const BpfDecision& said : explore(*from, arch, number, kSeeds, 256)) {
      if (!can_be(arch, said.arguments)) continue;
      if (decide(*with, call_data(arch, number, said.arguments)) ==
          said.action) {
        continue;
      }
      return text_of(arch, number, said.arguments);
    }
  }
  return {};
}

/// The calls that a policy names, by architecture and number.
using Named = std::map<std::pair<std::uint32_t, std::uint32_t>, std::string>;

/// Of other calls than those of `apart`.
inline std::string difference(const Code& a, const Code& b,
                              const std::vector<std::uint32_t>& numbers,
                              const Named& apart = {}) {
  const std::vector<BpfFilter> one = filter_of(a);
  const std::vector<BpfFilter> other = filter_of(b);
  for (const std::uint32_t arch : kArches) {
    for (const std::uint32_t number : numbers) {
      if (apart.contains({arch, number})) continue;
      std::string found = difference(one, other, arch, number);
      if (!found.empty()) return found;
    }
  }
  return {};
}

}  // namespace bulkhead::verify
