#include "runtime/spec/seccomp_profile.h"

#include <linux/capability.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <string_view>

#include "runtime/spec/names.h"
#include "runtime/spec/syscall_groups.h"

namespace bulkhead {
namespace {

/// The kernel reads these arguments as 32 bits; a filter that compares 64 is
/// walked past with one high bit (CVE-2019-10063, CVE-2019-7303).
constexpr std::uint64_t kLow32 = 0xffffffff;

constexpr std::uint64_t kNamespaceFlags =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
/// Lies in clone's exit signal, where no signal reaches.
constexpr std::uint64_t kNewTime = 0x80;

/// What personality(2) may be set to, as docker has it: PER_LINUX, PER_LINUX32,
/// both with UNAME26, and the question.
constexpr std::uint32_t kPersonalities[] = {0, 0x8, 0x20000, 0x20008,
                                            0xffffffff};

SeccompArgument masked(std::uint32_t index, std::uint64_t mask,
                       std::uint64_t value) {
  return {index, mask, value, SeccompCompare::kMaskedEqual};
}

/// A filter under construction.
class Builder {
 public:
  Builder(std::uint32_t default_errno, std::uint32_t denied_errno)
      : denied_errno_(denied_errno) {
    seccomp_.default_action = SeccompAction::kErrno;
    seccomp_.default_errno_return = default_errno;
    seccomp_.rules.reserve(kUsualRules);
  }

  void allow(std::span<const std::string_view> names,
             std::vector<SeccompArgument> arguments = {}) {
    add(names, SeccompAction::kAllow, std::nullopt, std::move(arguments));
  }
  void allow(std::string_view name,
             std::vector<SeccompArgument> arguments = {}) {
    allow(std::span(&name, 1), std::move(arguments));
  }
  void deny(std::span<const std::string_view> names,
            std::vector<SeccompArgument> arguments = {}) {
    deny_with(denied_errno_, names, std::move(arguments));
  }
  void deny(std::string_view name,
            std::vector<SeccompArgument> arguments = {}) {
    deny(std::span(&name, 1), std::move(arguments));
  }
  void deny_with(std::uint32_t error, std::span<const std::string_view> names,
                 std::vector<SeccompArgument> arguments = {}) {
    // libseccomp refuses a rule that says what the default says (EACCES).
    if (error == seccomp_.default_errno_return) return;
    add(names, SeccompAction::kErrno, error, std::move(arguments));
  }

  /// Allows `name` with a 32-bit argument out of `values`, denies the others.
  void allow_values(std::string_view name, std::uint32_t index,
                    std::span<const std::uint32_t> values) {
    for (const std::uint32_t value : values) {
      allow(name, {masked(index, kLow32, value)});
    }
    for_each_other(index, values, [&](const SeccompArgument& argument) {
      deny(name, {argument});
    });
  }
  void deny_values(std::string_view name, std::uint32_t index,
                   std::span<const std::uint32_t> values) {
    for (const std::uint32_t value : values) {
      deny(name, {masked(index, kLow32, value)});
    }
    for_each_other(index, values, [&](const SeccompArgument& argument) {
      allow(name, {argument});
    });
  }

  [[nodiscard]] Seccomp take(std::vector<std::string> architectures) {
    seccomp_.architectures = std::move(architectures);
    return std::move(seccomp_);
  }

 private:
  void add(std::span<const std::string_view> names, SeccompAction action,
           std::optional<std::uint32_t> error,
           std::vector<SeccompArgument> arguments) {
    seccomp_.rules.push_back(
        {{names.begin(), names.end()}, action, error, std::move(arguments)});
  }

  /// "Anything but these", which no single rule can say: the other 32-bit
  /// numbers, as the subtrees of the binary trie of `values` that hold none of
  /// them. The conditions are disjoint, so that their order means nothing.
  template <class Visit>
  static void for_each_other(std::uint32_t index,
                             std::span<const std::uint32_t> values, Visit visit,
                             unsigned bits_left = 32,
                             std::uint64_t prefix = 0) {
    const std::uint64_t mask = kLow32 & ~((1ULL << bits_left) - 1);
    const bool holds_one = std::any_of(
        values.begin(), values.end(),
        [&](std::uint32_t value) { return (value & mask) == prefix; });
    if (!holds_one) return visit(masked(index, mask, prefix));
    if (bits_left == 0) return;
    const unsigned next = bits_left - 1;
    for_each_other(index, values, visit, next, prefix);
    for_each_other(index, values, visit, next, prefix | 1ULL << next);
  }

  static constexpr std::size_t kUsualRules = 256;

  Seccomp seccomp_;
  std::uint32_t denied_errno_;
};

void gate(Builder& builder, CapabilityMask granted) {
  for (const GatedCalls& group : gated_calls()) {
    if ((group.any_of & granted) != 0) {
      builder.allow(group.names);
    } else {
      builder.deny(group.names);
    }
  }
}

void restrict_clone(Builder& builder, CapabilityMask granted) {
  constexpr std::string_view kClone = "clone";
  constexpr std::string_view kClone3 = "clone3";
  if ((granted & capability_bit(CAP_SYS_ADMIN)) != 0) {
    builder.allow(kClone);
    builder.allow(kClone3);
    return;
  }
  builder.allow(kClone, {masked(0, kNamespaceFlags | kNewTime, 0)});
  // The lowest flag that is set decides, so that no two rules overlap.
  std::uint64_t seen = 0;
  for (std::uint64_t flag = 1; flag <= kNamespaceFlags; flag <<= 1) {
    if (((kNamespaceFlags | kNewTime) & flag) == 0) continue;
    seen |= flag;
    builder.deny(kClone, {masked(0, seen, flag)});
  }
  builder.deny_with(ENOSYS, std::span(&kClone3, 1));
}

void restrict_sockets(Builder& builder, CapabilityMask granted) {
  std::vector<std::uint32_t> families = {AF_UNIX, AF_INET, AF_INET6,
                                         AF_NETLINK};
  if ((granted & capability_bit(CAP_NET_RAW)) != 0) {
    families.push_back(AF_PACKET);
  }
  builder.allow_values("socket", 0, families);
  builder.allow_values("socketpair", 0, families);
}

}  // namespace

Seccomp hardened_profile(CapabilityMask granted, std::uint32_t denied_errno) {
  Builder builder(ENOSYS, denied_errno);
  builder.allow(ordinary_calls());
  gate(builder, granted);
  builder.deny(denied_calls());
  constexpr std::uint32_t kTerminalInput[] = {TIOCSTI, TIOCLINUX};
  builder.deny_values("ioctl", 1, kTerminalInput);
  builder.allow_values("personality", 0, kPersonalities);
  restrict_clone(builder, granted);
  restrict_sockets(builder, granted);
  for (const std::string_view name : questionable_calls()) {
    const bool clock = name.find("adjtime") != std::string_view::npos;
    const CapabilityMask needed = clock ? capability_bit(CAP_SYS_TIME)
                                        : capability_bit(CAP_DAC_READ_SEARCH);
    if (name != "modify_ldt" && (granted & needed) != 0) {
      builder.allow(name);
    } else {
      builder.deny(name);
    }
  }
  return builder.take({"SCMP_ARCH_X86_64"});
}

Seccomp oci_profile(CapabilityMask granted, std::uint32_t denied_errno) {
  Builder builder(denied_errno, denied_errno);
  builder.allow(ordinary_calls());
  builder.allow(compat_calls());
  builder.allow(questionable_calls());
  builder.allow("ioctl");
  builder.allow("socketpair");
  gate(builder, granted);
  builder.deny(denied_calls());
  builder.allow_values("personality", 0, kPersonalities);
  restrict_clone(builder, granted);
  constexpr std::uint32_t kDeniedFamilies[] = {AF_ALG, AF_VSOCK};
  builder.deny_values("socket", 0, kDeniedFamilies);
  return builder.take({"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"});
}

void allow_i386(Seccomp& profile) {
  constexpr std::string_view kI386 = "SCMP_ARCH_X86";
  if (std::ranges::find(profile.architectures, kI386) !=
      profile.architectures.end()) {
    return;
  }
  profile.architectures.emplace_back(kI386);
  SeccompRule twins;
  for (const std::string_view name : compat_calls()) {
    if (name != "socketcall") twins.names.emplace_back(name);
  }
  profile.rules.push_back(std::move(twins));
}

}  // namespace bulkhead
