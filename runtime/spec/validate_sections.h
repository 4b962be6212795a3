// The sections of validate(), one function each. Internal.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime/spec/complaint.h"
#include "runtime/spec/spec.h"

namespace bulkhead::rules {

/// Collects complaints.
class Findings {
 public:
  void add(std::string pointer, std::string text) {
    list_.push_back({std::move(pointer), std::move(text)});
  }
  [[nodiscard]] std::vector<Complaint> take() { return std::move(list_); }

 private:
  std::vector<Complaint> list_;
};

void check_process(const Spec& spec, Findings& findings);
void check_namespaces(const Spec& spec, Findings& findings);
void check_files(const Spec& spec, Findings& findings);
void check_resources(const Resources& resources, Findings& findings);
void check_cpu_lists(const Resources& resources, Findings& findings);
void check_limits(const Resources& resources, Findings& findings);
void check_seccomp(const Seccomp& seccomp, Findings& findings);
void check_sysctls(const Spec& spec, Findings& findings);
void check_binfmt(const Spec& spec, Findings& findings);

[[nodiscard]] inline bool is_new(const Spec& spec, NamespaceKind kind) {
  return spec.ns(kind).mode == NamespaceMode::kNew;
}

}  // namespace bulkhead::rules
