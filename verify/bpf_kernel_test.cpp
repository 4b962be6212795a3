// Our evaluator and the kernel, asked the same.
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <random>

#include "verify/bpf_explore.h"
#include "verify/bpf_filter.h"
#include "verify/bpf_test_code.h"
#include "verify/syscall_filters.h"

namespace bulkhead::verify::bpf_kernel_test {
namespace {

constexpr std::uint32_t kNobody = 1000;  // A number that no kernel has.

/// Straight arithmetic on the arguments, with jumps, into an errno; every
/// other call is allowed.
Code random_program(std::mt19937& random) {
  const auto any = [&](unsigned below) {
    return static_cast<std::uint32_t>(random() % below);
  };
  Code code = {load(0), jump(BPF_JEQ | BPF_K, kNobody, 1, 0),
               answer(SECCOMP_RET_ALLOW), statement(BPF_ST, 0)};
  const unsigned operations[] = {BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_AND,
                                 BPF_OR,  BPF_XOR, BPF_LSH, BPF_RSH, BPF_NEG};
  const unsigned tests[] = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};
  for (int i = 0; i < 24; ++i) {
    const unsigned source = any(2) == 0 ? BPF_K : BPF_X;
    switch (any(5)) {
      case 0:
        code.push_back(load(16 + 4 * any(12)));
        break;
      case 1:
        code.push_back(
            statement(any(2) == 0 ? BPF_MISC | BPF_TAX : BPF_LDX | BPF_MEM));
        break;
      case 2:
        code.push_back(jump(tests[any(4)] | source, any(64), 0,
                            static_cast<std::uint8_t>(any(2))));
        break;
      default: {
        const unsigned operation = operations[any(10)];
        const bool negated = operation == BPF_NEG;
        code.push_back(statement(BPF_ALU | operation | (negated ? 0 : source),
                                 1 + any(31)));
      }
    }
  }
  // The first is all that a jump at the end may skip.
  code.insert(
      code.end(),
      {statement(BPF_ALU | BPF_NEG),
       statement(BPF_ALU | BPF_AND | BPF_K, 0xfff),
       statement(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO), kReturnA});
  return code;
}

bool install(Code code) {
  const sock_fprog program{static_cast<unsigned short>(code.size()),
                           code.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/// What call 1000 meets under `code`: errno, -1: not loaded, -2: killed.
int kernel_says(const Code& code, const Arguments& with) {
  const pid_t child = fork();
  if (child == 0) {
    if (!install(code)) _exit(255);
    errno = 0;
    syscall(kNobody, with[0], with[1], with[2], with[3], with[4], with[5]);
    // Twelve bits do not fit an exit status.
    _exit((errno >> (with[5] & 1 ? 6 : 0)) & 63);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return -2;
  return WEXITSTATUS(status) == 255 ? -1 : WEXITSTATUS(status);
}

TEST(BpfFilter, DecidesAsTheKernelDoes) {
  std::mt19937 random(20'241'124);
  int killed = 0;
  for (int i = 0; i < 600; ++i) {
    const Code code = random_program(random);
    Arguments with{};
    for (std::uint64_t& argument : with) {
      argument = std::uint64_t{random()} << 32 | random();
    }
    const auto filter = BpfFilter::make(code);
    ASSERT_TRUE(filter) << filter.error().message();
    const std::uint32_t action =
        filter->run(call_data(AUDIT_ARCH_X86_64, kNobody, with));
    const int says = kernel_says(code, with);
    if (action == SECCOMP_RET_KILL_THREAD) {
      EXPECT_EQ(says, -2) << i;
      ++killed;
    } else {
      const auto error = static_cast<int>(action & SECCOMP_RET_DATA);
      EXPECT_EQ(says, (error >> (with[5] & 1 ? 6 : 0)) & 63) << i;
    }
  }
  EXPECT_GT(killed, 0);
  EXPECT_LT(killed, 300);
}

TEST(BpfFilter, RefusesWhatTheKernelRefuses) {
  std::mt19937 random(7);
  int refused = 0;
  for (int i = 0; i < 300; ++i) {
    Code code = random_program(random);
    // One instruction, not among the first, which keep the child alive.
    code[4 + random() % (code.size() - 4)] = {
        static_cast<std::uint16_t>(random() % 256),
        static_cast<std::uint8_t>(random() % 4),
        static_cast<std::uint8_t>(random() % 4),
        static_cast<std::uint32_t>(random() % 40)};
    const bool taken = kernel_says(code, {}) != -1;
    EXPECT_EQ(BpfFilter::make(code).has_value(), taken) << i;
    refused += taken ? 0 : 1;
  }
  EXPECT_GT(refused, 50);
  EXPECT_LT(refused, 300);
}

/// A filter that answers `error` to call 1000.
Code answers(std::uint32_t error) {
  return {load(0), jump(BPF_JEQ | BPF_K, kNobody, 0, 1),
          answer(SECCOMP_RET_ERRNO | error), answer(SECCOMP_RET_ALLOW)};
}

TEST(SyscallFilters, ReadsAllOfAProcessInTheKernelsOrder) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  int ready[2];
  int go[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(go), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(go[1]);
    const bool both = install(answers(77)) && install(answers(78));
    errno = 0;
    syscall(kNobody);
    const int met = both ? errno : -1;
    char byte = 0;
    if (write(ready[1], &met, sizeof met) != sizeof met) _exit(1);
    _exit(read(go[0], &byte, 1) == 1 ? 0 : 2);
  }
  int met = 0;
  ASSERT_EQ(read(ready[0], &met, sizeof met), static_cast<ssize_t>(sizeof met));
  const auto filters = read_filters(child);
  EXPECT_EQ(write(go[1], "g", 1), 1);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  for (const int fd : {ready[0], ready[1], go[0], go[1]}) close(fd);
  ASSERT_TRUE(filters) << filters.error().message();
  ASSERT_EQ(filters->size(), 2U);
  EXPECT_EQ(decide(*filters, call_data(AUDIT_ARCH_X86_64, kNobody, {})),
            SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(met));
  EXPECT_EQ(met, 78);
}

TEST(SyscallFilters, ReadsNoneWhereThereIsNone) {
  const pid_t child = fork();
  if (child == 0) {
    while (true) pause();
  }
  const auto filters = read_filters(child);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  ASSERT_TRUE(filters) << filters.error().message();
  EXPECT_TRUE(filters->empty());
}

TEST(SyscallFilters, FindsNobodyUnderAnotherNumber) {
  EXPECT_FALSE(find_process({"no-such-program", "x"}, 1));
}

}  // namespace
}  // namespace bulkhead::verify::bpf_kernel_test
