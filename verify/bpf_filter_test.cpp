#include "verify/bpf_filter.h"

#include <gtest/gtest.h>
#include <linux/audit.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include "verify/bpf_explore.h"
#include "verify/bpf_test_code.h"

namespace bulkhead::verify::bpf_filter_test {
namespace {

/// What a program that the kernel would load returns for call 39.
std::uint32_t run(Code code) {
  const auto filter = BpfFilter::make(std::move(code));
  if (!filter) {
    ADD_FAILURE() << filter.error().message();
    return 0xdead;
  }
  return filter->run(call_data(AUDIT_ARCH_X86_64, 39, kArguments));
}

/// A after `one` was applied to A = `a`, X = `x`.
std::uint32_t with(std::uint32_t a, std::uint32_t x, sock_filter one) {
  return run({statement(BPF_LDX | BPF_IMM, x), statement(BPF_LD | BPF_IMM, a),
              one, kReturnA});
}

void expect_malformed(Code code, const std::string& complaint) {
  const auto filter = BpfFilter::make(std::move(code));
  ASSERT_FALSE(filter) << complaint;
  EXPECT_EQ(filter.error().errno_value, EINVAL);
  EXPECT_NE(filter.error().what.find(complaint), std::string::npos)
      << filter.error().what;
}

TEST(BpfFilter, LoadsEveryWordOfTheCall) {
  EXPECT_EQ(run({load(offsetof(seccomp_data, nr)), kReturnA}), 39U);
  EXPECT_EQ(run({load(offsetof(seccomp_data, arch)), kReturnA}),
            static_cast<std::uint32_t>(AUDIT_ARCH_X86_64));
  EXPECT_EQ(run({load(offsetof(seccomp_data, args)), kReturnA}), 0x55667788U);
  EXPECT_EQ(run({load(offsetof(seccomp_data, args) + 4), kReturnA}),
            0x11223344U);
  EXPECT_EQ(run({load(offsetof(seccomp_data, args) + 40), kReturnA}), 6U);
}

TEST(BpfFilter, LoadsImmediatesLengthAndMemory) {
  EXPECT_EQ(run({statement(BPF_LD | BPF_IMM, 7), kReturnA}), 7U);
  EXPECT_EQ(run({statement(BPF_LD | BPF_W | BPF_LEN), kReturnA}),
            sizeof(seccomp_data));
  EXPECT_EQ(run({statement(BPF_LDX | BPF_W | BPF_LEN),
                 statement(BPF_MISC | BPF_TXA), kReturnA}),
            sizeof(seccomp_data));
  EXPECT_EQ(run({statement(BPF_LD | BPF_IMM, 9), statement(BPF_ST, 15),
                 statement(BPF_LD | BPF_IMM, 1),
                 statement(BPF_LD | BPF_MEM, 15), kReturnA}),
            9U);
  EXPECT_EQ(
      run({statement(BPF_LDX | BPF_IMM, 8), statement(BPF_STX, 0),
           statement(BPF_LDX | BPF_IMM, 1), statement(BPF_LDX | BPF_MEM, 0),
           statement(BPF_MISC | BPF_TXA), kReturnA}),
      8U);
}

TEST(BpfFilter, CopiesBetweenItsRegisters) {
  EXPECT_EQ(with(1, 2, statement(BPF_MISC | BPF_TXA)), 2U);
  EXPECT_EQ(run({statement(BPF_LD | BPF_IMM, 5), statement(BPF_MISC | BPF_TAX),
                 statement(BPF_LD | BPF_IMM, 6), statement(BPF_MISC | BPF_TXA),
                 kReturnA}),
            5U);
}

TEST(BpfFilter, CalculatesIn32Bits) {
  const auto alu = [](unsigned operation, std::uint32_t a, std::uint32_t b) {
    const auto by_k = with(a, 99, statement(BPF_ALU | operation | BPF_K, b));
    EXPECT_EQ(by_k, with(a, b, statement(BPF_ALU | operation | BPF_X)));
    return by_k;
  };
  EXPECT_EQ(alu(BPF_ADD, 0xffffffff, 2), 1U);
  EXPECT_EQ(alu(BPF_SUB, 1, 2), 0xffffffffU);
  EXPECT_EQ(alu(BPF_MUL, 0x80000001, 2), 2U);
  EXPECT_EQ(alu(BPF_DIV, 7, 2), 3U);
  EXPECT_EQ(alu(BPF_AND, 0xff, 0x3c), 0x3cU);
  EXPECT_EQ(alu(BPF_OR, 0xf0, 0x0f), 0xffU);
  EXPECT_EQ(alu(BPF_XOR, 0xff, 0x0f), 0xf0U);
  EXPECT_EQ(alu(BPF_LSH, 3, 31), 0x80000000U);
  EXPECT_EQ(alu(BPF_RSH, 0x80000000, 31), 1U);
  EXPECT_EQ(with(5, 0, statement(BPF_ALU | BPF_NEG)), 0xfffffffbU);
}

TEST(BpfFilter, EndsWithZeroWhereXDividesByZero) {
  EXPECT_EQ(run({statement(BPF_LD | BPF_IMM, 7),
                 statement(BPF_ALU | BPF_DIV | BPF_X), answer(5)}),
            0U);
}

TEST(BpfFilter, ComparesUnsigned) {
  const auto taken = [](unsigned operation, std::uint32_t a, std::uint32_t b) {
    const auto by = [&](unsigned source, std::uint32_t k) {
      return run({statement(BPF_LDX | BPF_IMM, b),
                  statement(BPF_LD | BPF_IMM, a),
                  jump(operation | source, k, 1, 0), answer(0), answer(1)});
    };
    EXPECT_EQ(by(BPF_K, b), by(BPF_X, 77));
    return by(BPF_K, b) == 1;
  };
  EXPECT_TRUE(taken(BPF_JEQ, 5, 5));
  EXPECT_FALSE(taken(BPF_JEQ, 5, 6));
  EXPECT_TRUE(taken(BPF_JGT, 0x80000000, 1));
  EXPECT_FALSE(taken(BPF_JGT, 1, 1));
  EXPECT_TRUE(taken(BPF_JGE, 1, 1));
  EXPECT_FALSE(taken(BPF_JGE, 0, 0xffffffff));
  EXPECT_TRUE(taken(BPF_JSET, 6, 2));
  EXPECT_FALSE(taken(BPF_JSET, 6, 1));
}

TEST(BpfFilter, JumpsForward) {
  EXPECT_EQ(run({statement(BPF_JMP | BPF_JA, 1), answer(1), answer(2)}), 2U);
}

TEST(BpfFilter, RefusesWhatTheKernelWouldNotLoad) {
  expect_malformed({}, "0 instructions");
  expect_malformed(Code(BPF_MAXINSNS + 1, answer(0)), "4097 instructions");
  expect_malformed({statement(BPF_LD | BPF_IMM)}, "past its end");
  expect_malformed({load(sizeof(seccomp_data)), kReturnA}, "outside");
  expect_malformed({load(2), kReturnA}, "outside");
  expect_malformed({statement(BPF_LD | BPF_B | BPF_ABS), kReturnA}, "none");
  expect_malformed({statement(BPF_LD | BPF_W | BPF_IND), kReturnA}, "none");
  expect_malformed({statement(BPF_ALU | BPF_MOD | BPF_K, 2), kReturnA}, "none");
  expect_malformed({statement(BPF_RET | BPF_X)}, "none");
  expect_malformed({statement(BPF_ALU | BPF_DIV | BPF_K, 0), kReturnA},
                   "by zero");
  expect_malformed({statement(BPF_ALU | BPF_LSH | BPF_K, 32), kReturnA},
                   "32 bits");
  expect_malformed({statement(BPF_ST, 16), kReturnA}, "has not");
  expect_malformed({statement(BPF_JMP | BPF_JA, 1), kReturnA}, "out of");
  expect_malformed({statement(BPF_JMP | BPF_JA, ~0U), kReturnA}, "out of");
  expect_malformed({jump(BPF_JEQ | BPF_K, 0, 0, 1), kReturnA}, "out of");
}

TEST(BpfFilter, RefusesMemoryThatOnePathHasNotWritten) {
  expect_malformed({statement(BPF_LD | BPF_MEM, 3), kReturnA}, "never");
  expect_malformed(
      {load(0), jump(BPF_JEQ | BPF_K, 39, 1, 0), statement(BPF_ST, 3),
       statement(BPF_LD | BPF_MEM, 3), kReturnA},
      "instruction 3");
}

TEST(BpfFilter, TakesMemoryThatEveryPathHasWritten) {
  EXPECT_EQ(run({load(0), jump(BPF_JEQ | BPF_K, 40, 2, 0), statement(BPF_ST, 0),
                 statement(BPF_JMP | BPF_JA, 2), statement(BPF_ALU | BPF_NEG),
                 statement(BPF_JMP | BPF_JA, 1), statement(BPF_LD | BPF_MEM, 0),
                 kReturnA}),
            39U);
}

TEST(BpfFilter, OfSeveralTheStrictestDecides) {
  const std::vector<std::uint32_t> by_strictness = {
      SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP,
      SECCOMP_RET_ERRNO,        SECCOMP_RET_USER_NOTIF,  SECCOMP_RET_TRACE,
      SECCOMP_RET_LOG,          SECCOMP_RET_ALLOW};
  const auto data = call_data(AUDIT_ARCH_X86_64, 1, {});
  for (std::size_t a = 0; a < by_strictness.size(); ++a) {
    for (std::size_t b = 0; b < by_strictness.size(); ++b) {
      const BpfFilters both = {*BpfFilter::make({answer(by_strictness[a])}),
                               *BpfFilter::make({answer(by_strictness[b])})};
      EXPECT_EQ(decide(both, data), by_strictness[std::min(a, b)]);
    }
  }
  EXPECT_EQ(decide({}, data), SECCOMP_RET_ALLOW);
}

TEST(BpfFilter, NamesActions) {
  EXPECT_EQ(action_words(SECCOMP_RET_ALLOW), "allow");
  EXPECT_EQ(action_words(SECCOMP_RET_ERRNO | 55), "errno 55");
  EXPECT_EQ(action_words(SECCOMP_RET_ERRNO | ENOSYS), "ENOSYS");
  EXPECT_EQ(action_words(SECCOMP_RET_ERRNO | 0xffff), "errno 4095");
  EXPECT_EQ(action_words(0x12340000), "kill process");
  EXPECT_TRUE(passes(SECCOMP_RET_LOG));
  EXPECT_FALSE(passes(SECCOMP_RET_TRACE));
}

// ---- arguments
// ---------------------------------------------------------------

std::vector<std::uint32_t> explored(Code code, const Arguments& seed) {
  const BpfFilters filters = {*BpfFilter::make(std::move(code))};
  std::vector<std::uint32_t> actions;
  for (const auto& one :
       explore(filters, AUDIT_ARCH_X86_64, 1, std::span(&seed, 1))) {
    actions.push_back(one.action);
  }
  return actions;
}

TEST(BpfExplore, AsksOnceWhereNoArgumentIsLookedAt) {
  EXPECT_EQ(
      explored({load(0), jump(BPF_JEQ | BPF_K, 1, 0, 1), answer(3), answer(4)},
               {}),
      std::vector<std::uint32_t>{3});
}

TEST(BpfExplore, FindsTheOneValueThatPasses) {
  // args[1] == 0xabc00000def in both halves, under a mask in the low one.
  const Code code = {load(28),
                     jump(BPF_JEQ | BPF_K, 0xabc, 0, 4),
                     load(24),
                     statement(BPF_ALU | BPF_AND | BPF_K, 0xff0),
                     jump(BPF_JEQ | BPF_K, 0xde0, 0, 1),
                     answer(SECCOMP_RET_ALLOW),
                     answer(SECCOMP_RET_ERRNO | 1)};
  const auto actions = explored(code, {});
  EXPECT_NE(std::ranges::find(actions, SECCOMP_RET_ALLOW), actions.end());
  EXPECT_NE(std::ranges::find(actions, SECCOMP_RET_ERRNO | 1), actions.end());
}

TEST(BpfExplore, LeavesTheUpperHalvesOfA32BitEntryAlone) {
  const BpfFilters filters = {
      *BpfFilter::make({load(20), jump(BPF_JEQ | BPF_K, 0, 0, 1),
                        answer(SECCOMP_RET_ALLOW), answer(SECCOMP_RET_TRAP)})};
  const Arguments seed{};
  for (const auto& one :
       explore(filters, AUDIT_ARCH_I386, 1, std::span(&seed, 1))) {
    EXPECT_EQ(one.action, SECCOMP_RET_ALLOW);
  }
}

}  // namespace
}  // namespace bulkhead::verify::bpf_filter_test
