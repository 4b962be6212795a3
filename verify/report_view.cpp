#include "verify/report_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "runtime/base/boundary.h"
#include "verify/visible.h"

namespace bulkhead::verify {
namespace {

using probes::Outcome;

std::string red_twin(const Record& record) {
  for (const auto& seen : {record.seen.control, record.seen.control_outside}) {
    if (seen && seen->outcome == Outcome::kReached) {
      return fmt::format("without {}: {}", fmt::join(record.watches, " "),
                         seen->evidence);
    }
  }
  return "none seen";
}

}  // namespace

std::vector<Detail> details_of(const Record& record) {
  std::vector<Detail> details = {
      {"claim", record.claim},
      {"seen", record.reason},
      {"red twin", red_twin(record)},
      {"see", fmt::format("{}", fmt::join(record.references, ", "))},
      {"remedy", record.remedy}};
  if (record.waived) {
    details.push_back(
        {"waived", fmt::format("until {}: {}", record.waived->until,
                               record.waived->reason)});
  }
  details.push_back({"repeat", record.repeat});
  std::erase_if(details, [](const Detail& it) { return it.text.empty(); });
  return details;
}

std::string Tally::number() const {
  return count == all ? std::to_string(count)
                      : fmt::format("{}/{}", count, all);
}

std::optional<Tally> tally(const SubjectReport& run,
                           std::string_view boundary) {
  std::array<std::size_t, kVerdictNames.size()> counts{};
  std::size_t all = 0;
  for (const Record& record : run.records) {
    if (record.boundary != boundary) continue;
    ++counts[static_cast<std::size_t>(record.verdict)];
    ++all;
  }
  using enum Verdict;
  for (const Verdict verdict :
       {kEscaped, kInconclusive, kOpen, kContained, kUnsupported}) {
    const std::size_t count = counts[static_cast<std::size_t>(verdict)];
    if (count > 0) return Tally{verdict, count, all};
  }
  return {};
}

std::vector<std::string_view> used_boundaries(const Report& report) {
  std::vector<std::string_view> used;
  for (const std::string_view name : kBoundaryNames) {
    if (std::ranges::any_of(report.runs, [&](const SubjectReport& run) {
          return tally(run, name).has_value();
        })) {
      used.push_back(name);
    }
  }
  return used;
}

std::string_view symbol_of(Verdict verdict) {
  constexpr std::array<std::string_view, kVerdictNames.size()> kSymbols = {
      "✓", "✗", "–", "?", "○"};
  return kSymbols[static_cast<std::size_t>(verdict)];
}

std::string counts_of(const Summary& summary) {
  std::string text =
      fmt::format("{} contained, {} escaped, {} unsupported, {} inconclusive",
                  summary.contained, summary.escaped, summary.unsupported,
                  summary.inconclusive);
  if (summary.open > 0) text += fmt::format(", {} open", summary.open);
  if (summary.waived > 0) text += fmt::format(", {} waived", summary.waived);
  return text;
}

std::vector<std::string> names_of_runs(const Report& report) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (const SubjectReport& run : report.runs) {
    const std::string plain = visible(run.name);
    std::string name = plain;
    for (int number = 2; !taken.insert(name).second; ++number) {
      name = fmt::format("{} ({})", plain, number);
    }
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace bulkhead::verify
