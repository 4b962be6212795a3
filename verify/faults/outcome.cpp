#include "verify/faults/outcome.h"

#include <algorithm>

namespace bulkhead::verify::faults {

Usual usual_of(const std::vector<JobResult>& undisturbed) {
  Usual usual;
  if (undisturbed.empty()) return usual;
  usual.held = undisturbed.front().held;
  usual.sites = undisturbed.front().sites;
  for (const JobResult& one : undisturbed) {
    std::erase_if(usual.held, [&](const auto& item) {
      const auto found = one.held.find(item.first);
      return found == one.held.end() || found->second != item.second;
    });
    const std::set<Site> sites(one.sites.begin(), one.sites.end());
    std::erase_if(usual.sites,
                  [&](const Site& site) { return !sites.contains(site); });
    usual.residue.insert(one.residue.begin(), one.residue.end());
  }
  return usual;
}

Judged judge(const Usual& usual, const JobResult& result) {
  Judged judged;
  if (!result.hit) return judged;
  for (const auto& [probe, was] : usual.held) {
    const auto now = result.held.find(probe);
    if (was != Held::kContained || now == result.held.end()) continue;
    if (now->second == Held::kEscaped) judged.weaker.push_back(probe);
    if (now->second == Held::kUnknown) judged.unjudged.push_back(probe);
  }
  std::ranges::copy_if(
      result.residue, std::back_inserter(judged.residue),
      [&](const std::string& line) { return !usual.residue.contains(line); });
  if (!judged.weaker.empty()) {
    judged.outcome = Outcome::kOpen;
  } else if (result.timed_out) {
    judged.outcome = Outcome::kHang;
  } else if (!judged.residue.empty()) {
    judged.outcome = Outcome::kResidue;
  } else if (result.whole) {
    judged.outcome = Outcome::kUnaffected;
  } else if (result.ran) {
    judged.outcome = Outcome::kCut;
  } else if (result.code == 0 && result.signal == 0) {
    judged.outcome = Outcome::kSilent;
  } else {
    judged.outcome = Outcome::kClosed;
  }
  return judged;
}

bool is_bad(Outcome outcome) {
  return outcome == Outcome::kOpen || outcome == Outcome::kHang ||
         outcome == Outcome::kResidue || outcome == Outcome::kSilent ||
         outcome == Outcome::kCut;
}

}  // namespace bulkhead::verify::faults
