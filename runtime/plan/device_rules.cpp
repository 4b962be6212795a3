#include "runtime/plan/device_rules.h"

#include <linux/bpf.h>

#include <bit>

namespace bulkhead {
namespace {

std::string number_or_star(const std::optional<std::uint32_t>& number) {
  return number ? std::to_string(*number) : "*";
}

std::uint64_t instruction(int code, int destination, int source, int offset,
                          int immediate) {
  bpf_insn insn{};
  insn.code = static_cast<__u8>(code);
  insn.dst_reg = static_cast<__u8>(destination & 0xf);
  insn.src_reg = static_cast<__u8>(source & 0xf);
  insn.off = static_cast<__s16>(offset);
  insn.imm = immediate;
  return std::bit_cast<std::uint64_t>(insn);
}

int access_bits(const std::string& access) {
  int bits = 0;
  for (const char c : access) {
    if (c == 'm') bits |= BPF_DEVCG_ACC_MKNOD;
    if (c == 'r') bits |= BPF_DEVCG_ACC_READ;
    if (c == 'w') bits |= BPF_DEVCG_ACC_WRITE;
  }
  return bits;
}

/// The instructions of one rule; a comparison that fails jumps to its end.
std::vector<std::uint64_t> rule_program(const DeviceRule& rule) {
  constexpr int kAllAccess =
      BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE;
  struct Test {
    int destination;
    int immediate;
  };
  std::vector<std::uint64_t> body;
  std::vector<Test> tests;
  if (rule.type != 'a') {
    tests.push_back(
        {2, rule.type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR});
  }
  if (rule.major) tests.push_back({4, static_cast<int>(*rule.major)});
  if (rule.minor) tests.push_back({5, static_cast<int>(*rule.minor)});
  const int access = access_bits(rule.access);
  const bool some_access = access != kAllAccess;
  // Length after each test up to the end of the rule: what a miss jumps over.
  int left = static_cast<int>(tests.size()) + (some_access ? 3 : 0) + 2;
  for (const Test& test : tests) {
    --left;
    body.push_back(instruction(BPF_JMP | BPF_JNE | BPF_K, test.destination, 0,
                               left, test.immediate));
  }
  if (some_access) {
    // An allowed access asks for nothing but `access`; a denied one for any.
    body.push_back(instruction(BPF_ALU | BPF_MOV | BPF_X, 1, 3, 0, 0));
    body.push_back(instruction(BPF_ALU | BPF_AND | BPF_K, 1, 0, 0,
                               rule.allow ? ~access & kAllAccess : access));
    body.push_back(instruction(
        BPF_JMP | (rule.allow ? BPF_JNE : BPF_JEQ) | BPF_K, 1, 0, 2, 0));
  }
  body.push_back(
      instruction(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, rule.allow ? 1 : 0));
  body.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
  return body;
}

}  // namespace

std::string device_rule_v1(const DeviceRule& rule) {
  if (rule.type == 'a') return "a";
  return std::string(1, rule.type) + " " + number_or_star(rule.major) + ":" +
         number_or_star(rule.minor) + " " + rule.access;
}

std::string device_list_v1(const std::vector<DeviceRule>& rules) {
  std::string list;
  for (const DeviceRule& rule : rules) {
    if (rule.type == 'a') {
      list = rule.allow ? "a *:* rwm\n" : "";
    } else if (rule.allow) {
      list += device_rule_v1(rule) + "\n";
    }
  }
  return list;
}

std::vector<std::uint64_t> device_program(
    const std::vector<DeviceRule>& rules) {
  std::vector<std::uint64_t> program = {
      // r2 = type, r3 = access, r4 = major, r5 = minor (struct
      // bpf_cgroup_dev_ctx: access << 16 | type, major, minor).
      instruction(BPF_LDX | BPF_MEM | BPF_W, 2, 1, 0, 0),
      instruction(BPF_ALU | BPF_MOV | BPF_X, 3, 2, 0, 0),
      instruction(BPF_ALU | BPF_AND | BPF_K, 2, 0, 0, 0xffff),
      instruction(BPF_ALU | BPF_RSH | BPF_K, 3, 0, 0, 16),
      instruction(BPF_LDX | BPF_MEM | BPF_W, 4, 1, 4, 0),
      instruction(BPF_LDX | BPF_MEM | BPF_W, 5, 1, 8, 0),
  };
  for (auto rule = rules.rbegin(); rule != rules.rend(); ++rule) {
    const std::vector<std::uint64_t> body = rule_program(*rule);
    program.insert(program.end(), body.begin(), body.end());
    // Nothing after an unconditional rule can be reached, and the verifier
    // refuses unreachable instructions.
    if (rule->type == 'a' && !rule->major && !rule->minor &&
        access_bits(rule->access) == access_bits("rwm")) {
      return program;
    }
  }
  program.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0));
  program.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
  return program;
}

}  // namespace bulkhead
