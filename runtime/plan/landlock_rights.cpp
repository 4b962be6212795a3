#include "runtime/plan/landlock_rights.h"

namespace bulkhead::landlock {
namespace {

constexpr std::uint64_t kScopeAbstract = 1U << 0;
constexpr std::uint64_t kScopeSignals = 1U << 1;

constexpr const char* kLandlockRemedy =
    "CONFIG_SECURITY_LANDLOCK and lsm=…,landlock at boot";

/// One thing that an ABI has or lacks.
struct Part {
  const char* feature;
  bool asked;
  int abi;
  const char* what;
  std::uint64_t Attributes::*where;
  std::uint64_t bits;
};

}  // namespace

Result<Attributes> attributes_of(Builder& builder) {
  const Landlock& asked = *builder.spec.landlock;
  const int abi = builder.host.landlock_abi;
  const Part parts[] = {
      {"landlock.files", asked.by_mounts, kAbiFiles, "file access",
       &Attributes::files, kAllOfAbi1 | kRefer},
      {"landlock.truncate", asked.by_mounts, kAbiTruncate, "truncation",
       &Attributes::files, kTruncate},
      {"landlock.ioctl", asked.by_mounts, kAbiIoctl, "ioctl of devices",
       &Attributes::files, kIoctlDev},
      {"landlock.tcp", asked.tcp_bind.has_value(), kAbiTcp, "TCP bind",
       &Attributes::net, kBindTcp},
      {"landlock.tcp", asked.tcp_connect.has_value(), kAbiTcp, "TCP connect",
       &Attributes::net, kConnectTcp},
      {"landlock.scope", asked.scope_signals, kAbiScope, "signals",
       &Attributes::scope, kScopeSignals},
      {"landlock.scope", asked.scope_abstract, kAbiScope, "abstract sockets",
       &Attributes::scope, kScopeAbstract},
  };
  Attributes attributes;
  for (const Part& part : parts) {
    if (!part.asked) continue;
    if (abi >= part.abi) {
      attributes.*part.where |= part.bits;
      continue;
    }
    const std::string why =
        std::string(part.what) + " takes Landlock ABI " +
        std::to_string(part.abi) + ", and this kernel " +
        (abi > 0 ? "has " + std::to_string(abi) : "has none");
    if (Status status = builder.lacks(part.feature, why, kLandlockRemedy);
        !status) {
      return tl::unexpected(status.error());
    }
  }
  return attributes;
}

}  // namespace bulkhead::landlock
