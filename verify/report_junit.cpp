// JUnit XML as Jenkins, GitLab and GitHub's reporters read it.
#include <fmt/format.h>

#include "verify/report_formats.h"
#include "verify/report_view.h"
#include "verify/visible.h"

namespace bulkhead::verify {
namespace {

/// For an attribute or for content: visible() leaves nothing that XML cannot
/// hold, so five characters remain. No CDATA, hence no "]]>" to fear.
std::string xml(std::string_view text) {
  std::string safe;
  for (const char c : visible(text)) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&apos;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string property(std::string_view name, std::string_view value) {
  return fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", name,
                     xml(value));
}

/// The element that says how a case ended; empty where it passed.
std::string ending(const Record& record) {
  const auto with_text = [&](std::string_view element) {
    std::string body;
    for (const Detail& detail : details_of(record)) {
      body += fmt::format("{}: {}\n", detail.label, xml(detail.text));
    }
    return fmt::format("      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n",
                       element, name_of(record.verdict), xml(record.reason),
                       body);
  };
  const auto skipped = [](const std::string& why) {
    return fmt::format("      <skipped message=\"{}\"/>\n", xml(why));
  };
  if (record.waived) {
    return skipped(fmt::format("{}, waived until {}: {}",
                               name_of(record.verdict), record.waived->until,
                               record.waived->reason));
  }
  switch (record.verdict) {
    case Verdict::kEscaped:
      return with_text("failure");
    case Verdict::kInconclusive:
      return with_text("error");
    case Verdict::kUnsupported:
      return skipped("unsupported: " + record.reason);
    case Verdict::kOpen:
      return skipped("open: " + record.reason + "; remedy: " + record.remedy);
    case Verdict::kContained:
      break;
  }
  return {};
}

std::string test_case(const std::string& subject, const Record& record) {
  const std::string end = ending(record);
  const std::string head =
      fmt::format("    <testcase classname=\"{}.{}\" name=\"{}\"", xml(subject),
                  xml(record.boundary), xml(record.probe));
  return end.empty() ? head + "/>\n" : head + ">\n" + end + "    </testcase>\n";
}

/// A suite in which all is skipped looks green; that nothing was proven must
/// show.
bool proves_nothing(const SubjectReport& run) {
  const Summary sum = summarise(run);
  return exit_status(run) == kExitInconclusive && sum.inconclusive == 0;
}

constexpr std::string_view kNothingProven =
    "      <error type=\"inconclusive\" message=\"nothing was proven\"/>\n";

/// The counts that suites and the whole carry.
struct Counts {
  std::size_t tests = 0;
  std::size_t failures = 0;
  std::size_t errors = 0;
  std::size_t skipped = 0;

  [[nodiscard]] std::string attributes() const {
    return fmt::format(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"", tests,
        failures, errors, skipped);
  }
};

Counts counts_of_run(const SubjectReport& run) {
  const Summary sum = summarise(run);
  const std::size_t extra = proves_nothing(run) ? 1 : 0;
  return {.tests = run.records.size() + extra,
          .failures = sum.escaped,
          .errors = sum.inconclusive + extra,
          .skipped = sum.unsupported + sum.open + sum.waived};
}

std::string suite(const Report& report, const SubjectReport& run,
                  const std::string& name) {
  std::string text =
      fmt::format("  <testsuite name=\"{}\" {}>\n    <properties>\n", xml(name),
                  counts_of_run(run).attributes());
  text += property("subject.version", run.version);
  text += property("kernel", kernel_of(report));
  text += property("spec_digest", spec_digest(report));
  text += "    </properties>\n";
  for (const Record& record : run.records) text += test_case(name, record);
  if (proves_nothing(run)) {
    text += fmt::format(
        "    <testcase classname=\"{}\" name=\"proof\">\n{}    </testcase>\n",
        xml(name), kNothingProven);
  }
  std::string asides;
  const std::vector<std::string> notes = asides_of(report);
  for (const auto* const lines : {&run.not_offered, &run.trouble, &notes}) {
    for (const std::string& line : *lines) asides += xml(line) + "\n";
  }
  if (!asides.empty()) text += "    <system-err>" + asides + "</system-err>\n";
  return text + "  </testsuite>\n";
}

}  // namespace

std::string to_junit(const Report& report) {
  Counts all;
  std::string suites;
  const auto names = names_of_runs(report);
  for (std::size_t i = 0; i < report.runs.size(); ++i) {
    const Counts one = counts_of_run(report.runs[i]);
    all.tests += one.tests;
    all.failures += one.failures;
    all.errors += one.errors;
    all.skipped += one.skipped;
    suites += suite(report, report.runs[i], names[i]);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"bulkhead verify\" {}>\n{}</testsuites>\n",
      all.attributes(), suites);
}

}  // namespace bulkhead::verify
