// What tests of plans share: a spec to compile, and looking at what came of it.
#pragma once

#include <algorithm>
#include <string>

#include "runtime/plan/plan.h"
#include "runtime/spec/presets.h"

namespace bulkhead {

/// The hardened preset, with a root and a program that are there.
[[nodiscard]] inline Spec hardened() {
  Spec spec = make_preset(Preset::kHardened);
  spec.rootfs.path = "/tmp";
  spec.process.argv = {"true"};
  spec.cgroups_path = "bulkhead.compile-test";
  return spec;
}

/// Where the first call of `step` stands among the child's; their number when
/// it makes none.
[[nodiscard]] inline std::size_t position(const Plan& plan,
                                          const std::string& step) {
  const auto found = std::find_if(
      plan.child.begin(), plan.child.end(),
      [&](const Call& call) { return plan.steps[call.step].name == step; });
  return static_cast<std::size_t>(found - plan.child.begin());
}

/// Whether the child makes a call of `step`.
[[nodiscard]] inline bool has_step(const Plan& plan, const std::string& step) {
  return position(plan, step) < plan.child.size();
}

}  // namespace bulkhead
