// The result of all runs, in words.
#include <fmt/format.h>

#include <set>

#include "verify/page_model.h"
#include "verify/visible.h"

namespace bulkhead::verify {
namespace {

std::string number_of(std::size_t count, const std::string& word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

/// How many subjects have a record of which `is` holds.
template <class Predicate>
std::size_t subjects_with(const std::vector<PageRun>& runs, Predicate is) {
  std::set<std::string> names;
  for (const PageRun& run : runs) {
    for (const PageRecord& record : run.records) {
      if (is(record)) names.insert(run.name);
    }
  }
  return names.size();
}

bool is_escape(const PageRecord& record) {
  return record.verdict == Verdict::kEscaped && !record.waived;
}

bool is_inconclusive(const PageRecord& record) {
  return record.verdict == Verdict::kInconclusive && !record.waived;
}

/// "12 escapes in 3 subjects, 4 inconclusive, 2 waived".
std::string findings(const std::vector<PageRun>& runs,
                     const PageCounts& counts) {
  std::string text = "no escape";
  if (counts.escaped > 0) {
    text = number_of(counts.escaped, "escape") + " in " +
           number_of(subjects_with(runs, is_escape), "subject");
  }
  if (counts.inconclusive > 0) {
    text +=
        fmt::format(", {} inconclusive in {}", counts.inconclusive,
                    number_of(subjects_with(runs, is_inconclusive), "subject"));
  }
  if (counts.waived > 0) text += fmt::format(", {} waived", counts.waived);
  if (counts.open > 0) text += fmt::format(", {} left open", counts.open);
  if (counts.unsupported > 0) {
    text += fmt::format(", {} unsupported", counts.unsupported);
  }
  if (counts.contained == 0) text += ", nothing contained";
  return text;
}

}  // namespace

PageCounts count(const std::vector<PageRun>& runs) {
  PageCounts counts;
  for (const PageRun& run : runs) {
    for (const PageRecord& record : run.records) {
      if (record.missing) ++counts.missing;
      if (record.waived) {
        ++counts.waived;
        continue;
      }
      switch (record.verdict) {
        case Verdict::kContained:
          ++counts.contained;
          break;
        case Verdict::kEscaped:
          ++counts.escaped;
          break;
        case Verdict::kUnsupported:
          ++counts.unsupported;
          break;
        case Verdict::kInconclusive:
          ++counts.inconclusive;
          break;
        case Verdict::kOpen:
          ++counts.open;
          break;
      }
    }
  }
  return counts;
}

std::string title_of(const std::vector<PageRun>& runs) {
  std::set<std::string> kernels;
  std::set<std::string> subjects;
  std::set<std::string> probes;
  std::size_t empty = 0;
  for (const PageRun& run : runs) {
    kernels.insert(run.kernel);
    subjects.insert(run.name);
    for (const PageRecord& record : run.records) probes.insert(record.probe);
    empty += run.records.empty() ? 1 : 0;
  }
  std::string text = fmt::format(
      "{}, {}, {}: {}", number_of(kernels.size(), "kernel"),
      number_of(subjects.size(), "subject"), number_of(probes.size(), "probe"),
      findings(runs, count(runs)));
  if (empty > 0) text += ", " + number_of(empty, "run") + " without a record";
  return text;
}

std::string result_of(const std::vector<PageRun>& runs) {
  const PageCounts counts = count(runs);
  bool defect = false;
  for (const PageRun& run : runs) defect = defect || !run.defects.empty();
  if (counts.escaped > 0) return "escaped";
  if (counts.inconclusive > 0 || defect ||
      counts.contained + counts.waived + counts.open == 0) {
    return "inconclusive";
  }
  if (counts.waived > 0) return "waived";
  return counts.open > 0 ? "open" : "contained";
}

}  // namespace bulkhead::verify
