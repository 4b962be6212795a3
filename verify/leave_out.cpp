#include "verify/leave_out.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "runtime/spec/names.h"

namespace bulkhead::verify {
namespace {

constexpr std::array<std::array<const char*, 2>, 1> kTwins = {{
    {"session.lifeline", "session.lifeline_again"},
}};

}  // namespace

void leave_root_alone(const std::vector<StepName>& steps,
                      std::vector<std::string>& skip) {
  for (const StepName& step : steps) {
    for (const char* kind : {"rootfs.mount:", "rootfs.mask:",
                             "rootfs.readonly:", "rootfs.flags:/"}) {
      if (step.name.starts_with(kind) &&
          std::ranges::find(skip, step.name) == skip.end()) {
        skip.push_back(step.name);
      }
    }
  }
}

std::string twin_of(const std::string& step) {
  for (const auto& [one, other] : kTwins) {
    if (step == one) return other;
    if (step == other) return one;
  }
  return {};
}

std::vector<BoundarySet> sets_around(Boundary boundary) {
  using enum Boundary;
  BoundarySet alone = needed_by(boundary);
  alone.insert(boundary);
  BoundarySet rooted = alone;
  rooted.insert({kMountns, kRootfs});
  BoundarySet limited = rooted;
  limited.insert(kCgroup);
  BoundarySet mapped = rooted;
  mapped.insert(kUserns);
  const BoundarySet all = all_but({});
  std::vector<BoundarySet> sets;
  for (const BoundarySet& set : {alone, rooted, limited, mapped, all}) {
    if (std::ranges::find(sets, set) == sets.end()) sets.push_back(set);
  }
  return sets;
}

bool has_step(const std::vector<StepName>& steps, const std::string& name) {
  return std::ranges::any_of(
      steps, [&](const StepName& step) { return step.name == name; });
}

std::string no_effect(const StepName& step) {
  for (const char* kind : {"rootfs.mask:", "rootfs.readonly:"}) {
    if (!step.name.starts_with(kind)) continue;
    const std::string path = step.name.substr(std::string_view(kind).size());
    if (access(path.c_str(), F_OK) != 0) {
      return "this kernel has no " + path;
    }
  }
  constexpr std::string_view kLimit = "rlimits.";
  if (step.name.starts_with(kLimit)) {
    rlimit own{};
    const auto resource = rlimit_named(step.name.substr(kLimit.size()));
    if (resource &&
        getrlimit(static_cast<__rlimit_resource>(*resource), &own) == 0 &&
        own.rlim_max == 0) {
      return "the caller's own limit is 0";
    }
  }
  return {};
}

}  // namespace bulkhead::verify
