// Arguments by which filters have been walked past before, or that decide
// what a multiplexing call does.
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <csignal>

#include "verify/syscall_policy.h"

namespace bulkhead::verify {
namespace {

constexpr std::uint64_t kOnes = ~std::uint64_t{0};
constexpr unsigned kBits = 64;

/// All that is known about one call: which argument, which values.
struct ArgumentPattern {
  unsigned argument;
  std::vector<std::uint64_t> values;
};

std::vector<std::uint64_t> up_to(std::uint64_t last) {
  std::vector<std::uint64_t> values;
  for (std::uint64_t value = 0; value <= last; ++value) values.push_back(value);
  return values;
}

/// Each of `values` alone, and with every bit that a 32-bit argument ignores
/// (CVE-2019-10063).
std::vector<std::uint64_t> with_high_bits(std::vector<std::uint64_t> values) {
  const std::vector<std::uint64_t> low = values;
  for (const std::uint64_t value : low) {
    for (unsigned bit = 32; bit < kBits; ++bit) {
      values.push_back(value | std::uint64_t{1} << bit);
    }
  }
  return values;
}

std::vector<std::uint64_t> namespace_flags() {
  std::vector<std::uint64_t> values = {SIGCHLD};
  for (const std::uint64_t flag :
       {CLONE_NEWTIME, CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
        CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET}) {
    values.push_back(flag);
    values.push_back(flag | SIGCHLD);
    values.push_back(flag | CLONE_NEWUSER);
    values.push_back(flag | std::uint64_t{1} << 40);
  }
  return values;
}

std::vector<std::uint64_t> personalities() {
  std::vector<std::uint64_t> values = {0, 0x8, 0x20000, 0x20008, 0xffffffff};
  for (unsigned bit = 0; bit < kBits; ++bit) {
    values.push_back(std::uint64_t{1} << bit);
  }
  return values;
}

std::vector<std::uint64_t> ptrace_requests() {
  std::vector<std::uint64_t> values = up_to(40);
  constexpr std::uint64_t kSetOptions = 0x4200;  // PTRACE_SETOPTIONS
  for (unsigned i = 0; i < 24; ++i) values.push_back(kSetOptions + i);
  return values;
}

std::vector<std::uint64_t> prctl_options() {
  std::vector<std::uint64_t> values = up_to(100);
  values.push_back(0x59616d61);  // PR_SET_PTRACER
  values.push_back(0x53564d41);  // PR_SET_VMA
  return values;
}

ArgumentPattern pattern_of(const std::string& name) {
  constexpr std::uint64_t kFamilies = 64;  // More than AF_MAX.
  if (name == "clone" || name == "unshare") return {0, namespace_flags()};
  if (name == "setns") return {1, namespace_flags()};
  if (name == "socket" || name == "socketpair") {
    return {0, with_high_bits(up_to(kFamilies))};
  }
  if (name == "ioctl") {
    return {1, with_high_bits({TIOCSTI, TIOCLINUX, TIOCSCTTY, TCGETS})};
  }
  if (name == "personality") return {0, personalities()};
  if (name == "prctl") return {0, prctl_options()};
  if (name == "ptrace") return {0, ptrace_requests()};
  if (name == "keyctl" || name == "bpf" || name == "socketcall" ||
      name == "ipc" || name == "futex" || name == "seccomp") {
    return {name == "futex" ? 1U : 0U, up_to(48)};
  }
  return {0, {}};
}

}  // namespace

std::vector<Arguments> known_patterns(const std::string& name) {
  std::vector<Arguments> patterns = {{kOnes, kOnes, kOnes, kOnes, kOnes, kOnes},
                                     {}};
  const ArgumentPattern pattern = pattern_of(name);
  for (const std::uint64_t value : pattern.values) {
    Arguments arguments{};
    arguments[pattern.argument] = value;
    patterns.push_back(arguments);
  }
  return patterns;
}

}  // namespace bulkhead::verify
