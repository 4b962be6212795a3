#include "verify/refusal.h"

#include <string_view>

namespace bulkhead::verify {

Refusal refusal_of(const std::string& words,
                   const std::vector<StepName>& steps) {
  if (words.empty()) return {};
  const auto say = [&](const char* text) {
    return words.find(text) != std::string::npos;
  };
  if (say("--skip ")) return {Refusal::Kind::kUsage, words};
  // runtime/parent: "STEP: read-back: …", and the cgroup's own without a step.
  Refusal refusal{
      say("read-back: ") ? Refusal::Kind::kReadBack : Refusal::Kind::kNeeded,
      {}};
  for (const StepName& step : steps) {
    if (say((step.name + ":").c_str()) &&
        step.name.size() > refusal.at.size()) {
      refusal.at = step.name;
    }
  }
  // The supervisor names the file of a limit, not the step.
  constexpr std::string_view kLimit = "cgroup.limit:";
  for (const StepName& step : steps) {
    if (!refusal.at.empty() || !step.name.starts_with(kLimit)) continue;
    const std::string file = "/" + step.name.substr(kLimit.size());
    if (say((file + ":").c_str()) || say((file + " ").c_str())) {
      refusal.at = step.name;
    }
  }
  if (refusal.at.empty()) refusal.at = words;
  return refusal;
}

}  // namespace bulkhead::verify
