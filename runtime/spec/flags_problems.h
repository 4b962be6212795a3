// What is wrong with the flags, collected. Internal to spec_from_flags.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "runtime/spec/flags.h"

namespace bulkhead::flags {

/// By NamespaceKind.
inline constexpr std::array<const char*, kNamespaceKinds> kNamespaceFlags = {
    "--pid", "--mountns", "--net",      "--ipc",
    "--uts", "--userns",  "--cgroupns", "--timens"};

/// One line for each bad value: the flag, the value, what would be right.
class Problems {
 public:
  void add(std::string_view flag, std::string_view value,
           std::string_view wanted) {
    if (!text_.empty()) text_ += "\n";
    text_ += std::string(flag) + " \"" + std::string(value) +
             "\": " + std::string(wanted);
  }
  [[nodiscard]] bool any() const { return !text_.empty(); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// `path` made absolute against the caller's working directory.
[[nodiscard]] std::string absolute_path(const std::string& path);

void apply_mounts(const SpecFlags& flags, Spec& spec, Problems& problems);
void apply_namespaces(const SpecFlags& flags, Spec& spec, Problems& problems);
void apply_process(const SpecFlags& flags, Spec& spec, Problems& problems);
/// --io-max and --hugetlb.
void apply_limits(const SpecFlags& flags, Spec& spec, Problems& problems);
void apply_resources(const SpecFlags& flags, Spec& spec, Problems& problems);
void apply_confinement(const SpecFlags& flags, Spec& spec, Problems& problems);
void apply_seccomp(const SpecFlags& flags, bool capabilities_changed,
                   Spec& spec, Problems& problems);
/// Whether the capabilities are now others than the preset's.
[[nodiscard]] bool apply_capabilities(const SpecFlags& flags, Spec& spec,
                                      Problems& problems);

}  // namespace bulkhead::flags
