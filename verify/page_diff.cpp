#include "verify/page_diff.h"

#include <algorithm>
#include <array>
#include <set>

namespace bulkhead::verify {
namespace {

/// From the worst to the best.
constexpr std::array<std::string_view, 7> kOrder = {
    "escaped", "missing",     "inconclusive", "waived",
    "open",    "unsupported", "contained"};

bool has_one_machine(const std::vector<PageRun>& runs) {
  std::set<std::string> machines;
  for (const PageRun& run : runs) machines.insert(run.machine(true));
  return machines.size() == 1;
}

std::vector<RunPair> pair_up(const std::vector<PageRun>& now,
                             const std::vector<PageRun>& before) {
  const bool any_machine = has_one_machine(now) && has_one_machine(before);
  std::vector<RunPair> pairs;
  std::set<int> taken;
  for (std::size_t i = 0; i < now.size(); ++i) {
    RunPair pair{.now = static_cast<int>(i)};
    for (std::size_t k = 0; k < before.size() && pair.before < 0; ++k) {
      if (now[i].subject == before[k].subject &&
          (any_machine || now[i].machine(true) == before[k].machine(true))) {
        pair.before = static_cast<int>(k);
        taken.insert(pair.before);
      }
    }
    pairs.push_back(pair);
  }
  for (std::size_t k = 0; k < before.size(); ++k) {
    const int index = static_cast<int>(k);
    if (!taken.contains(index)) pairs.push_back({.before = index});
  }
  return pairs;
}

/// A record that was only filled in is none here.
const PageRecord* recorded(const PageRun& run, const std::string& probe) {
  const PageRecord* record = run.find(probe);
  return record == nullptr || record->missing ? nullptr : record;
}

void compare_runs(const PageRun& now, const PageRun& before,
                  const RunPair& pair, std::vector<Change>& changes) {
  for (const PageRecord& record : now.records) {
    if (record.missing) continue;
    Change change{.kind = Change::Kind::kNew,
                  .probe = record.probe,
                  .now = pair.now,
                  .before = pair.before,
                  .to = word_of(record)};
    if (const PageRecord* old = recorded(before, record.probe)) {
      change.from = word_of(*old);
      if (change.from == change.to) continue;
      const bool worse = std::ranges::find(kOrder, change.to) <
                         std::ranges::find(kOrder, change.from);
      change.kind = worse ? Change::Kind::kWorse : Change::Kind::kBetter;
    }
    changes.push_back(std::move(change));
  }
  for (const PageRecord& old : before.records) {
    if (old.missing || recorded(now, old.probe) != nullptr) continue;
    changes.push_back({.kind = Change::Kind::kGone,
                       .probe = old.probe,
                       .now = pair.now,
                       .before = pair.before,
                       .from = word_of(old)});
  }
}

}  // namespace

std::string word_of(const PageRecord& record) {
  if (record.missing) return "missing";
  return record.waived ? "waived" : std::string(name_of(record.verdict));
}

std::string_view name_of(Change::Kind kind) {
  constexpr std::array<std::string_view, 4> kNames = {"worse", "better", "new",
                                                      "gone"};
  return kNames[static_cast<std::size_t>(kind)];
}

Comparison compare(const std::vector<PageRun>& now,
                   const std::vector<PageRun>& before) {
  Comparison comparison{.pairs = pair_up(now, before)};
  for (const RunPair& pair : comparison.pairs) {
    if (pair.now < 0 || pair.before < 0) continue;
    compare_runs(now[static_cast<std::size_t>(pair.now)],
                 before[static_cast<std::size_t>(pair.before)], pair,
                 comparison.changes);
  }
  std::ranges::stable_sort(comparison.changes, {}, &Change::kind);
  return comparison;
}

}  // namespace bulkhead::verify
