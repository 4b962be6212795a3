#include "verify/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "runtime/base/file.h"
#include "verify/json_parts.h"
#include "verify/report.h"
#include "verify/report_html.h"
#include "verify/report_schema.h"
#include "verify/say.h"
#include "verify/schema_check.h"
#include "verify/visible.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxFileBytes = std::size_t{256} << 20U;
/// Printing a value descends as deep as it is.
constexpr int kMaxDepth = 100;

tl::unexpected<Error> refuse(const std::string& file, const std::string& what,
                             const std::string& remedy) {
  return fail(visible(file) + ": " + what, 0, remedy, ErrorKind::kUsage);
}

/// "line 3, column 7" of a byte's position, counted from 1.
std::string place_in(const std::string& text, std::size_t byte) {
  const std::string_view before =
      std::string_view(text).substr(0, byte == 0 ? 0 : byte - 1);
  const auto line = std::ranges::count(before, '\n') + 1;
  const std::size_t start = before.rfind('\n');
  const std::size_t column =
      before.size() - (start == std::string_view::npos ? 0 : start + 1) + 1;
  return fmt::format("line {}, column {}", line, column);
}

Result<PageDocument> read_document(const std::string& file,
                                   const std::string& remedy) {
  auto text = read_file(file, kMaxFileBytes);
  if (!text) {
    Error error = text.error();
    error.kind = ErrorKind::kUsage;
    return tl::unexpected(error);
  }
  bool too_deep = false;
  try {
    json document =
        json::parse(*text, [&](int depth, json::parse_event_t, const json&) {
          too_deep = too_deep || depth > kMaxDepth;
          return !too_deep;
        });
    if (!too_deep) return PageDocument{file, std::move(document)};
  } catch (const json::parse_error& error) {
    return refuse(file, "is no JSON at " + place_in(*text, error.byte), remedy);
  }
  return refuse(file, fmt::format("is nested more than {} deep", kMaxDepth),
                remedy);
}

Result<std::vector<PageDocument>> read_reports(
    const std::vector<std::string>& files) {
  const std::string remedy =
      "give what `bulkhead verify --format json` printed; `bulkhead verify "
      "--schema` prints its form";
  std::vector<PageDocument> reports;
  for (const std::string& file : files) {
    auto report = read_document(file, remedy);
    if (!report) return tl::unexpected(report.error());
    if (const auto why = not_a_report(report->document); !why.empty()) {
      return refuse(file, "is no report of bulkhead verify: " + why, remedy);
    }
    reports.push_back(std::move(*report));
  }
  return reports;
}

/// A matrix counts itself; what counts otherwise is not what was measured.
std::string kill_contradiction(const json& kill) {
  std::size_t unnoticed = 0;
  for (const json& row : kill["steps"]) {
    const bool noticed = row["refused_at"] != "" || row["needed_by"] != "" ||
                         !row["noticed_by"].empty() || !row["saw"].empty();
    unnoticed += row["exempt"] == "" && !noticed ? 1 : 0;
  }
  std::size_t never = 0;
  for (const json& row : kill["probes"]) {
    never += row["exempt"] == "" && row["steps"].empty() ? 1 : 0;
  }
  const json& sum = kill["summary"];
  if (sum["steps"] == kill["steps"].size() &&
      sum["probes"] == kill["probes"].size() && sum["unnoticed"] == unnoticed &&
      sum["never_turned"] == never) {
    return {};
  }
  return fmt::format(
      "its summary contradicts its rows, of which {} of {} steps are unnoticed "
      "and {} of {} probes never turned",
      unnoticed, kill["steps"].size(), never, kill["probes"].size());
}

std::string depth_contradiction(const json& depth) {
  for (const json& row : depth["probes"]) {
    if (row["depth"] != row["alone"].size()) {
      return fmt::format("{} has depth {} and {} boundaries that contain it",
                         visible(row["probe"].get<std::string>()),
                         row["depth"].dump(), row["alone"].size());
    }
  }
  return {};
}

Result<std::optional<PageDocument>> read_matrix(
    const std::string& file, const std::string& which, std::string_view schema,
    std::string (*contradiction)(const json&)) {
  if (file.empty()) return std::nullopt;
  const std::string remedy =
      "give what `bulkhead matrix " + which + " --format json` printed";
  auto matrix = read_document(file, remedy);
  if (!matrix) return tl::unexpected(matrix.error());
  const json form = json::parse(schema);
  const auto wrong = violations_of(form, form, matrix->document);
  if (!wrong.empty()) {
    return refuse(
        file, "is no " + which + " matrix: " + most_telling(wrong).message(),
        remedy);
  }
  if (const auto why = contradiction(matrix->document); !why.empty()) {
    return refuse(file, "is a " + which + " matrix, but " + why, remedy);
  }
  return std::optional(std::move(*matrix));
}

Status print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
      std::fflush(stdout) == 0) {
    return {};
  }
  return fail("write to stdout", errno);
}

}  // namespace

Result<PageSources> read_sources(const PageOptions& options) {
  PageSources sources;
  auto reports = read_reports(options.reports);
  if (!reports) return tl::unexpected(reports.error());
  auto before = read_reports(options.before);
  if (!before) return tl::unexpected(before.error());
  auto kill =
      read_matrix(options.kill_file, "kill", kill_schema(), kill_contradiction);
  if (!kill) return tl::unexpected(kill.error());
  auto depth = read_matrix(options.depth_file, "depth", depth_schema(),
                           depth_contradiction);
  if (!depth) return tl::unexpected(depth.error());
  sources.reports = std::move(*reports);
  sources.before = std::move(*before);
  sources.kill = std::move(*kill);
  sources.depth = std::move(*depth);
  return sources;
}

int page_main(const PageOptions& options) {
  const auto sources = read_sources(options);
  if (!sources) return complain("page", sources.error());
  const std::string page = to_page(*sources);
  const Status wrote = options.output_file.empty()
                           ? print(page)
                           : replace_file(options.output_file, page);
  return wrote ? kExitContained : complain("page", wrote.error());
}

}  // namespace bulkhead::verify
