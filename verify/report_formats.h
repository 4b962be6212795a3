// The forms in which a report is told. All but the JSON document show text as
// visible() makes it; none can be broken by what a subject said.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "verify/report.h"

namespace bulkhead::verify {

/// The JSON document (schema/verify.schema.json) as text.
[[nodiscard]] std::string to_json_text(const Report& report);

/// KTAP version 1: subjects, in them boundaries, in them probes. Unsupported
/// and open are SKIP, inconclusive ERROR, waived XFAIL.
[[nodiscard]] std::string to_ktap(const Report& report);

/// JUnit XML: a suite for each subject. Escaped is a failure, inconclusive an
/// error, unsupported, open and waived are skipped.
[[nodiscard]] std::string to_junit(const Report& report);

/// SARIF 2.1.0: a run for each subject. Escapes are errors, inconclusive
/// answers warnings, what is open a note; what is contained is no result, as
/// consumers would raise an alert for it.
[[nodiscard]] std::string to_sarif(const Report& report);

/// GitHub's markdown: a table of subjects and boundaries, then the findings.
[[nodiscard]] std::string to_markdown(const Report& report);

/// OpenMetrics 1.0 text, for a textfile collector or a push gateway.
[[nodiscard]] std::string to_openmetrics(const Report& report);

/// One page of HTML with everything in it (report_html.h).
[[nodiscard]] std::string to_html(const Report& report);

/// tty json ktap junit sarif markdown openmetrics html.
[[nodiscard]] const std::vector<std::string>& format_names();

/// `report` in the form called `name`, one of format_names(); empty if there
/// is none of that name. `color` is for tty alone.
[[nodiscard]] std::string render(const Report& report, std::string_view name,
                                 bool color);

/// A report that goes to a file.
struct ReportFile {
  std::string format;
  std::string path;
};

/// Reads "FORMAT=FILE".
[[nodiscard]] Result<ReportFile> parse_report_file(const std::string& text);

[[nodiscard]] Status write_report(const Report& report, const ReportFile& file);

}  // namespace bulkhead::verify
