#include "runtime/plan/device_rules.h"

#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <bit>

namespace bulkhead {
namespace {

/// Walks a device program as the kernel would; returns r0.
std::uint32_t evaluate(const std::vector<std::uint64_t>& program, int type,
                       int access, int major, int minor) {
  std::uint32_t registers[11] = {};
  const std::uint32_t context[3] = {
      static_cast<std::uint32_t>(access << 16 | type),
      static_cast<std::uint32_t>(major), static_cast<std::uint32_t>(minor)};
  for (std::size_t at = 0; at < program.size(); ++at) {
    const auto insn = std::bit_cast<bpf_insn>(program[at]);
    std::uint32_t& target = registers[insn.dst_reg];
    const std::uint32_t source = (insn.code & BPF_X) != 0
                                     ? registers[insn.src_reg]
                                     : static_cast<std::uint32_t>(insn.imm);
    switch (insn.code) {
      case BPF_LDX | BPF_MEM | BPF_W:
        target = context[insn.off / 4];
        break;
      case BPF_ALU | BPF_MOV | BPF_X:
      case BPF_ALU64 | BPF_MOV | BPF_K:
        target = source;
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        target &= source;
        break;
      case BPF_ALU | BPF_RSH | BPF_K:
        target >>= source;
        break;
      case BPF_JMP | BPF_JNE | BPF_K:
        if (target != source) at += static_cast<std::size_t>(insn.off);
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        if (target == source) at += static_cast<std::size_t>(insn.off);
        break;
      case BPF_JMP | BPF_EXIT:
        return registers[0];
      default:
        ADD_FAILURE() << "instruction " << int{insn.code};
        return 99;
    }
  }
  ADD_FAILURE() << "ran off the end";
  return 99;
}

std::vector<DeviceRule> rules() {
  DeviceRule null;
  null.allow = true;
  null.type = 'c';
  null.major = 1;
  null.minor = 3;
  null.access = "rw";
  DeviceRule pts = null;
  pts.major = 136;
  pts.minor.reset();
  pts.access = "rwm";
  return {DeviceRule{}, null, pts};
}

TEST(DeviceProgram, AllowsWhatIsNamedAndNothingElse) {
  const auto program = device_program(rules());
  const int read = BPF_DEVCG_ACC_READ;
  const int make = BPF_DEVCG_ACC_MKNOD;
  EXPECT_EQ(1U, evaluate(program, BPF_DEVCG_DEV_CHAR, read, 1, 3));
  EXPECT_EQ(0U, evaluate(program, BPF_DEVCG_DEV_CHAR, make, 1, 3));
  EXPECT_EQ(0U, evaluate(program, BPF_DEVCG_DEV_CHAR, make | read, 1, 3));
  EXPECT_EQ(0U, evaluate(program, BPF_DEVCG_DEV_BLOCK, read, 1, 3));
  EXPECT_EQ(0U, evaluate(program, BPF_DEVCG_DEV_CHAR, read, 1, 1));
  EXPECT_EQ(1U, evaluate(program, BPF_DEVCG_DEV_CHAR, make, 136, 77));
}

TEST(DeviceProgram, TheLastRuleThatMatchesDecides) {
  DeviceRule all;
  all.allow = true;
  DeviceRule deny_mem;
  deny_mem.type = 'c';
  deny_mem.major = 1;
  deny_mem.minor = 1;
  deny_mem.access = "w";
  const auto program = device_program({all, deny_mem});
  EXPECT_EQ(1U,
            evaluate(program, BPF_DEVCG_DEV_CHAR, BPF_DEVCG_ACC_READ, 1, 1));
  EXPECT_EQ(0U,
            evaluate(program, BPF_DEVCG_DEV_CHAR, BPF_DEVCG_ACC_WRITE, 1, 1));
  EXPECT_EQ(0U, evaluate(program, BPF_DEVCG_DEV_CHAR,
                         BPF_DEVCG_ACC_WRITE | BPF_DEVCG_ACC_READ, 1, 1));
}

TEST(DeviceProgram, WithoutRulesEverythingIsDenied) {
  EXPECT_EQ(0U, evaluate(device_program({}), BPF_DEVCG_DEV_CHAR,
                         BPF_DEVCG_ACC_READ, 1, 3));
}

TEST(DeviceRulesV1, ShowAsDevicesListDoes) {
  EXPECT_EQ("c 1:3 rw\nc 136:* rwm\n", device_list_v1(rules()));
  EXPECT_EQ("a", device_rule_v1(DeviceRule{}));
}

}  // namespace
}  // namespace bulkhead
