#include "verify/report_formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/base/file.h"

namespace bulkhead::verify {
namespace {

struct Format {
  std::string_view name;
  std::string (*render)(const Report& report);
};

constexpr std::array kFormats = {
    Format{"tty", [](const Report& it) { return to_terminal(it, false); }},
    Format{"json", to_json_text},
    Format{"ktap", to_ktap},
    Format{"junit", to_junit},
    Format{"sarif", to_sarif},
    Format{"markdown", to_markdown},
    Format{"openmetrics", to_openmetrics},
    Format{"html", to_html}};

}  // namespace

const std::vector<std::string>& format_names() {
  static const auto* const kNames = [] {
    auto* names = new std::vector<std::string>;
    for (const Format& format : kFormats) names->emplace_back(format.name);
    return names;
  }();
  return *kNames;
}

std::string render(const Report& report, std::string_view name, bool color) {
  if (name == "tty") return to_terminal(report, color);
  const auto* const found = std::ranges::find(kFormats, name, &Format::name);
  return found == kFormats.end() ? std::string() : found->render(report);
}

Result<ReportFile> parse_report_file(const std::string& text) {
  const auto equals = text.find('=');
  ReportFile file{.format = text.substr(0, equals)};
  if (equals != std::string::npos) file.path = text.substr(equals + 1);
  if (file.path.empty() || !std::ranges::count(format_names(), file.format)) {
    return fail(fmt::format("--report {}: wants FORMAT=FILE, FORMAT one of {}",
                            text, fmt::join(format_names(), " ")),
                0, {}, ErrorKind::kUsage);
  }
  if (file.path == "-") {
    return fail(
        fmt::format("--report {}: - is no file", text), 0,
        fmt::format("for stdout use --format {}; ./- is a file", file.format),
        ErrorKind::kUsage);
  }
  return file;
}

Status write_report(const Report& report, const ReportFile& file) {
  return replace_file(file.path, render(report, file.format, false));
}

}  // namespace bulkhead::verify
