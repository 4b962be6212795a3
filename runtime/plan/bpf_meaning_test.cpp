#include "runtime/plan/bpf_meaning.h"

#include <gtest/gtest.h>

#include "runtime/plan/bpf_test_code.h"

namespace bulkhead {
namespace {

constexpr std::size_t kLow = 4;   ///< Words of the first argument, and
constexpr std::size_t kNext = 6;  ///< of the second.

TEST(ProvenEqual, IsWhatSaysTheSameInAnotherOrder) {
  const Code list = {load(0),
                     jump(BPF_JEQ, 2, 3, 0),
                     jump(BPF_JEQ, 3, 2, 0),
                     jump(BPF_JEQ, 9, 0, 2),
                     refuse(1),
                     refuse(2),
                     refuse(3)};
  const Code tree = {load(0),
                     jump(BPF_JGE, 4, 3, 0),
                     jump(BPF_JGE, 2, 1, 0),
                     refuse(3),
                     refuse(2),
                     jump(BPF_JEQ, 9, 0, 1),
                     refuse(1),
                     refuse(3)};
  EXPECT_TRUE(proven_equal(list, tree));
  Code other = tree;
  other[1].k = 5;  // Number 4 answers differently.
  EXPECT_FALSE(proven_equal(list, other));
  other = tree;
  other[6].k += 1;
  EXPECT_FALSE(proven_equal(list, other));
}

TEST(ProvenEqual, KnowsTheArchitecturesThatNoneNames) {
  const Code one = {load(1), jump(BPF_JEQ, 7, 0, 1), refuse(1), refuse(2)};
  const Code two = {load(1), jump(BPF_JEQ, 7, 1, 0), refuse(2), refuse(1)};
  const Code three = {load(1), jump(BPF_JEQ, 7, 1, 0), jump(BPF_JEQ, 8, 0, 1),
                      refuse(1), refuse(2)};
  EXPECT_TRUE(proven_equal(one, two));
  EXPECT_FALSE(proven_equal(one, three));
}

/// Errno 1 where both arguments are 5, else 2; `first` is asked first.
Code both_are_five(std::size_t first, std::size_t second) {
  return {load(first),  jump(BPF_JEQ, 5, 0, 3),
          load(second), jump(BPF_JEQ, 5, 0, 1),
          refuse(1),    refuse(2)};
}

TEST(ProvenEqual, KnowsArgumentsWhateverTheirOrder) {
  EXPECT_TRUE(
      proven_equal(both_are_five(kLow, kNext), both_are_five(kNext, kLow)));
  EXPECT_FALSE(
      proven_equal(both_are_five(kLow, kNext), both_are_five(kLow, kNext + 1)));
}

/// Errno 1 where `test` holds for a masked word.
Code one_test(std::uint32_t shown, std::uint16_t operation, std::uint32_t k) {
  return {load(kLow), mask(shown), jump(operation, k, 0, 1), refuse(1),
          refuse(2)};
}

TEST(ProvenEqual, KnowsEveryComparison) {
  constexpr std::uint32_t kAll = UINT32_MAX;
  EXPECT_TRUE(
      proven_equal(one_test(kAll, BPF_JGT, 6), one_test(kAll, BPF_JGE, 7)));
  EXPECT_FALSE(
      proven_equal(one_test(kAll, BPF_JGT, 6), one_test(kAll, BPF_JGE, 6)));
  EXPECT_TRUE(proven_equal(one_test(0xf0, BPF_JGT, 0xe0),
                           one_test(0xf0, BPF_JEQ, 0xf0)));
  EXPECT_TRUE(proven_equal(one_test(0xf0, BPF_JGE, 0xe1),
                           one_test(0xf0, BPF_JEQ, 0xf0)));
  EXPECT_TRUE(
      proven_equal(one_test(kAll, BPF_JSET, 8), one_test(8, BPF_JEQ, 8)));
  EXPECT_TRUE(
      proven_equal(one_test(0xf, BPF_JSET, 0x18), one_test(8, BPF_JGT, 7)));
  EXPECT_FALSE(
      proven_equal(one_test(kAll, BPF_JSET, 9), one_test(9, BPF_JEQ, 9)));
  // None of these ever holds.
  EXPECT_TRUE(
      proven_equal(one_test(kAll, BPF_JGT, kAll), one_test(7, BPF_JEQ, 8)));
  EXPECT_TRUE(proven_equal(one_test(7, BPF_JGE, 8), Code{refuse(2)}));
}

TEST(ProvenEqual, SeesWhatAnEarlierAnswerRulesOut) {
  // Not below 8, so the second question is none.
  const Code twice = {load(kLow),
                      jump(BPF_JGE, 8, 0, 3),
                      jump(BPF_JGT, 7, 0, 1),
                      refuse(1),
                      refuse(3),
                      refuse(2)};
  EXPECT_TRUE(proven_equal(twice, one_test(UINT32_MAX, BPF_JGE, 8)));
}

TEST(ProvenEqual, IsNothingThatItCannotRead) {
  const Code plain = {refuse(2)};
  EXPECT_TRUE(proven_equal(plain, plain));
  const Code unread[] = {
      {},
      {load(0)},
      {load(0), mask(1), jump(BPF_JEQ, 1, 0, 0), refuse(2)},  // Odd numbers.
      {load(0), jump(BPF_JSET, 1, 0, 0), refuse(2)},
      {jump(BPF_JEQ, 0, 9, 0), refuse(2)},
      {load(16), refuse(2)},
      {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), refuse(2)},
      {BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), refuse(2)},
      {BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 1), refuse(2)},
      {BPF_STMT(BPF_RET | BPF_A, 0)},
  };
  for (const Code& code : unread) {
    EXPECT_FALSE(is_readable(code)) << code.size();
    EXPECT_FALSE(proven_equal(code, code)) << code.size();
  }
}

TEST(ProvenEqual, GivesUpOnMoreThanAFilterIsWorth) {
  // Whether two arguments are equal, bit by bit: no small diagram says that
  // where all bits of one come first.
  Code equal;
  for (unsigned bit = 0; bit < 32; ++bit) {
    const std::uint32_t one = 1U << bit;
    for (const sock_filter& next :
         {load(kLow), jump(BPF_JSET, one, 0, 4), load(kNext),
          jump(BPF_JSET, one, 5, 0), refuse(1), refuse(1), load(kNext),
          jump(BPF_JSET, one, 0, 1), refuse(1)}) {
      equal.push_back(next);
    }
  }
  equal.push_back(refuse(2));
  EXPECT_TRUE(is_readable(equal));
  EXPECT_FALSE(proven_equal(equal, equal));
}

}  // namespace
}  // namespace bulkhead
