// OpenMetrics 1.0 text, of the types that Prometheus' own text format has as
// well: node_exporter's textfile collector and promtool read no `info` and no
// `stateset`. Evidence stays out of it: a label that differs in every run makes
// a new series every time.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>

#include "verify/report_formats.h"
#include "verify/report_view.h"
#include "verify/visible.h"

namespace bulkhead::verify {
namespace {

struct Label {
  std::string_view name;
  std::string value;
};

std::string labels(const std::vector<Label>& all) {
  std::string text;
  for (const Label& label : all) {
    std::string safe;
    // visible() has left no newline.
    for (const char c : visible(label.value)) {
      if (c == '\\' || c == '"') safe += '\\';
      safe += c;
    }
    text +=
        fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", label.name, safe);
  }
  return "{" + text + "}";
}

/// Midnight UTC after `date` (YYYY-MM-DD), the last day of a waiver, in
/// seconds since 1970; nothing if it is no date.
std::optional<long long> end_of(const std::string& date) {
  if (date.size() != 10 || date[4] != '-' || date[7] != '-') return {};
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  const auto read = [&](std::size_t from, std::size_t to, auto& value) {
    const char* end = date.data() + to;
    const auto got = std::from_chars(date.data() + from, end, value);
    return got.ec == std::errc{} && got.ptr == end;
  };
  if (!read(0, 4, year) || !read(5, 7, month) || !read(8, 10, day)) return {};
  const std::chrono::year_month_day when{std::chrono::year(year),
                                         std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!when.ok()) return {};
  const auto next = std::chrono::sys_days(when) + std::chrono::days(1);
  return std::chrono::seconds(next.time_since_epoch()).count();
}

class Exposition {
 public:
  explicit Exposition(const Report& report)
      : report_(report), names_(names_of_runs(report)) {}

  std::string render() {
    subjects();
    probes();
    verdicts();
    waivers();
    controls();
    family("bulkhead_exit_status", "gauge",
           "What verify exited with: 0 is contained.");
    sample("bulkhead_exit_status", {}, exit_status(report_));
    return text_ + "# EOF\n";
  }

 private:
  void family(std::string_view name, std::string_view type,
              std::string_view help, std::string_view unit = {}) {
    text_ += fmt::format("# TYPE {} {}\n", name, type);
    if (!unit.empty()) text_ += fmt::format("# UNIT {} {}\n", name, unit);
    text_ += fmt::format("# HELP {} {}\n", name, help);
  }
  void sample(std::string_view name, const std::vector<Label>& with,
              long long value) {
    text_ +=
        fmt::format("{}{} {}\n", name, with.empty() ? "" : labels(with), value);
  }

  void subjects() {
    family("bulkhead_subject_info", "gauge",
           "A runtime under test, the kernel, and the spec it was given.");
    for (std::size_t i = 0; i < names_.size(); ++i) {
      sample("bulkhead_subject_info",
             {{"subject", names_[i]},
              {"version", report_.runs[i].version},
              {"kernel", kernel_of(report_)},
              {"spec_digest", spec_digest(report_)}},
             1);
    }
  }

  void probes() {
    family("bulkhead_probes", "gauge",
           "Probes by verdict; waived ones count as waived only.");
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const Summary sum = summarise(report_.runs[i]);
      const auto count = [&](const char* verdict, std::size_t value) {
        sample("bulkhead_probes",
               {{"subject", names_[i]}, {"verdict", verdict}},
               static_cast<long long>(value));
      };
      count("contained", sum.contained);
      count("escaped", sum.escaped);
      count("unsupported", sum.unsupported);
      count("inconclusive", sum.inconclusive);
      count("open", sum.open);
      count("waived", sum.waived);
    }
  }

  void verdicts() {
    family("bulkhead_verdict", "gauge",
           "1 for the verdict of a probe, 0 for the others.");
    for (std::size_t i = 0; i < names_.size(); ++i) {
      for (const Record& record : report_.runs[i].records) {
        for (const std::string_view verdict : kVerdictNames) {
          sample("bulkhead_verdict",
                 {{"subject", names_[i]},
                  {"boundary", record.boundary},
                  {"probe", record.probe},
                  {"verdict", std::string(verdict)}},
                 verdict == name_of(record.verdict) ? 1 : 0);
        }
      }
    }
  }

  void waivers() {
    family("bulkhead_waiver_end_timestamp_seconds", "gauge",
           "When the waiver of a finding ends.", "seconds");
    for (std::size_t i = 0; i < names_.size(); ++i) {
      for (const Record& record : report_.runs[i].records) {
        if (!record.waived) continue;
        const auto end = end_of(record.waived->until);
        if (!end) continue;
        sample("bulkhead_waiver_end_timestamp_seconds",
               {{"subject", names_[i]}, {"probe", record.probe}}, *end);
      }
    }
  }

  void controls() {
    family("bulkhead_controls", "gauge",
           "Controls: those seen to escape, those whose feature this kernel "
           "lacks, and all that were wanted.");
    const RedTwins twins = red_twins(report_);
    const auto count = [&](const char* state, std::size_t value) {
      sample("bulkhead_controls", {{"state", state}},
             static_cast<long long>(value));
    };
    count("seen", twins.seen);
    count("absent", twins.absent);
    count("wanted", twins.wanted);
  }

  const Report& report_;
  std::vector<std::string> names_;
  std::string text_;
};

}  // namespace

std::string to_openmetrics(const Report& report) {
  return Exposition(report).render();
}

}  // namespace bulkhead::verify
