#include "runtime/spec/seccomp_names.h"

#include <algorithm>
#include <array>

namespace bulkhead {
namespace {

// In the order of their enums.
constexpr std::array<std::string_view, 6> kActions = {
    "SCMP_ACT_ALLOW",       "SCMP_ACT_ERRNO", "SCMP_ACT_KILL_PROCESS",
    "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP",  "SCMP_ACT_LOG"};
constexpr std::array<std::string_view, 7> kCompares = {
    "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE",       "SCMP_CMP_EQ",
    "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"};
constexpr std::array<std::string_view, 21> kArchitectures = {
    "SCMP_ARCH_NATIVE",   "SCMP_ARCH_X86",      "SCMP_ARCH_X86_64",
    "SCMP_ARCH_X32",      "SCMP_ARCH_ARM",      "SCMP_ARCH_AARCH64",
    "SCMP_ARCH_MIPS",     "SCMP_ARCH_MIPS64",   "SCMP_ARCH_MIPS64N32",
    "SCMP_ARCH_MIPSEL",   "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32",
    "SCMP_ARCH_PPC",      "SCMP_ARCH_PPC64",    "SCMP_ARCH_PPC64LE",
    "SCMP_ARCH_S390",     "SCMP_ARCH_S390X",    "SCMP_ARCH_PARISC",
    "SCMP_ARCH_PARISC64", "SCMP_ARCH_RISCV64",  "SCMP_ARCH_LOONGARCH64"};

template <class Enum, std::size_t N>
std::optional<Enum> named(const std::array<std::string_view, N>& names,
                          std::string_view name) {
  const auto* found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::optional<SeccompAction> seccomp_action_named(std::string_view name) {
  if (name == "SCMP_ACT_KILL") return SeccompAction::kKillThread;
  return named<SeccompAction>(kActions, name);
}

std::string_view name_of(SeccompAction action) {
  return kActions[static_cast<std::size_t>(action)];
}

std::optional<SeccompCompare> seccomp_compare_named(std::string_view name) {
  return named<SeccompCompare>(kCompares, name);
}

std::string_view name_of(SeccompCompare compare) {
  return kCompares[static_cast<std::size_t>(compare)];
}

bool is_seccomp_architecture(std::string_view name) {
  return std::find(kArchitectures.begin(), kArchitectures.end(), name) !=
         kArchitectures.end();
}

}  // namespace bulkhead
