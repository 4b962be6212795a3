#include "verify/report.h"

#include <algorithm>

#include "verify/sha256.h"

namespace bulkhead::verify {

Summary summarise(const SubjectReport& run) {
  Summary summary;
  for (const Record& record : run.records) {
    if (record.waived) {
      ++summary.waived;
      continue;
    }
    switch (record.verdict) {
      case Verdict::kContained:
        ++summary.contained;
        break;
      case Verdict::kEscaped:
        ++summary.escaped;
        summary.escaped_probes.push_back(record.probe);
        break;
      case Verdict::kUnsupported:
        ++summary.unsupported;
        break;
      case Verdict::kInconclusive:
        ++summary.inconclusive;
        break;
      case Verdict::kOpen:
        ++summary.open;
        break;
    }
  }
  return summary;
}

RedTwins red_twins(const Report& report) {
  RedTwins twins;
  if (report.runs.empty()) return twins;
  // Every subject has the same probes and shares the controls.
  for (const Record& record : report.runs.front().records) {
    ++twins.wanted;
    if (is(record.seen.control, probes::Outcome::kReached) ||
        is(record.seen.control_outside, probes::Outcome::kReached)) {
      ++twins.seen;
    } else if (is(record.seen.control, probes::Outcome::kAbsent)) {
      ++twins.absent;
    }
  }
  return twins;
}

std::string kernel_of(const Report& report) {
  return report.machine.is_object() ? report.machine.value("kernel", "") : "";
}

std::string spec_digest(const Report& report) {
  return "sha256:" +
         sha256(report.spec.dump(-1, ' ', false,
                                 nlohmann::json::error_handler_t::replace));
}

std::vector<std::string> asides_of(const Report& report) {
  std::vector<std::string> lines;
  if (report.bundle) {
    for (const std::string& what : report.bundle->not_examined) {
      lines.push_back("not examined: " + what);
    }
  }
  lines.insert(lines.end(), report.notes.begin(), report.notes.end());
  return lines;
}

int exit_status(const SubjectReport& run) {
  const Summary summary = summarise(run);
  if (summary.escaped > 0) return kExitEscaped;
  // "unsupported" alone proves nothing either.
  if (summary.inconclusive > 0 ||
      summary.contained + summary.waived + summary.open == 0) {
    return kExitInconclusive;
  }
  return kExitContained;
}

int exit_status(const Report& report) {
  constexpr int kWorstFirst[] = {kExitInconclusive, kExitEscaped};
  if (report.runs.empty()) return kExitInconclusive;
  for (const int worst : kWorstFirst) {
    if (std::ranges::any_of(report.runs, [&](const SubjectReport& run) {
          return exit_status(run) == worst;
        })) {
      return worst;
    }
  }
  return kExitContained;
}

}  // namespace bulkhead::verify
