// The report for people: first the table, then everything that is not
// contained, each with the command that repeats it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "runtime/base/boundary.h"
#include "verify/report.h"

namespace bulkhead::verify {
namespace {

using probes::Outcome;

struct Style {
  const char* symbol;
  const char* color;
};
/// Indexed by Verdict.
constexpr std::array kStyles = {Style{"✓", "\033[32m"},
                                Style{"✗", "\033[1;31m"}, Style{"–", "\033[2m"},
                                Style{"?", "\033[33m"}};
constexpr std::size_t kSubjectWidth = 18;

class Terminal {
 public:
  Terminal(const Report& report, bool color) : report_(report), color_(color) {
    for (const std::string_view name : kBoundaryNames) {
      const bool used =
          std::ranges::any_of(report.runs, [&](const SubjectReport& run) {
            return std::ranges::any_of(run.records, [&](const Record& record) {
              return record.boundary == name;
            });
          });
      if (used) boundaries_.push_back(name);
    }
  }

  std::string render() {
    table();
    for (const SubjectReport& run : report_.runs) details(run);
    closing();
    return std::move(text_);
  }

 private:
  void line(const std::string& text = {}) { text_ += text + "\n"; }

  [[nodiscard]] std::string painted(Verdict verdict,
                                    const std::string& text) const {
    if (!color_) return text;
    return kStyles[static_cast<std::size_t>(verdict)].color + text + "\033[0m";
  }

  [[nodiscard]] static std::string symbol(Verdict verdict) {
    return kStyles[static_cast<std::size_t>(verdict)].symbol;
  }

  /// The worst verdict of a cell and its count: "✓ 4", "✗ 1/4".
  [[nodiscard]] std::string cell(const SubjectReport& run,
                                 std::string_view boundary,
                                 std::size_t width) const {
    std::array<std::size_t, 4> counts{};
    std::size_t all = 0;
    for (const Record& record : run.records) {
      if (record.boundary != boundary) continue;
      ++counts[static_cast<std::size_t>(record.verdict)];
      ++all;
    }
    using enum Verdict;
    for (const Verdict verdict :
         {kEscaped, kInconclusive, kContained, kUnsupported}) {
      const std::size_t count = counts[static_cast<std::size_t>(verdict)];
      if (count == 0) continue;
      const std::string number = count == all
                                     ? std::to_string(count)
                                     : fmt::format("{}/{}", count, all);
      // The symbols are one column wide and three bytes long.
      const std::string padding(width - std::min(width, number.size() + 2),
                                ' ');
      return painted(verdict, symbol(verdict) + " " + number) + padding;
    }
    return std::string(width, ' ');
  }

  /// Columns are boundaries where they fit, else one block after the other.
  void table() {
    constexpr std::size_t kLineWidth = 100;
    std::size_t from = 0;
    while (from < boundaries_.size()) {
      std::size_t to = from;
      std::size_t width = kSubjectWidth;
      while (to < boundaries_.size() &&
             (to == from || width + column(to) <= kLineWidth)) {
        width += column(to++);
      }
      block(from, to);
      from = to;
    }
  }

  [[nodiscard]] std::size_t column(std::size_t index) const {
    return std::max<std::size_t>(boundaries_[index].size(), 7) + 2;
  }

  void block(std::size_t from, std::size_t to) {
    std::string row(kSubjectWidth, ' ');
    for (std::size_t i = from; i < to; ++i) {
      row += fmt::format("{:<{}}", boundaries_[i], column(i));
    }
    line(row);
    for (const SubjectReport& run : report_.runs) {
      row =
          fmt::format("{:<{}.{}}", run.name, kSubjectWidth, kSubjectWidth - 2);
      for (std::size_t i = from; i < to; ++i) {
        row += cell(run, boundaries_[i], column(i));
      }
      line(row);
    }
    line();
  }

  void details(const SubjectReport& run) {
    for (const Record& record : run.records) {
      if (record.verdict == Verdict::kContained) continue;
      if (record.verdict == Verdict::kUnsupported) {
        line(painted(
            record.verdict,
            fmt::format("{} {} unsupported: {}: {}", symbol(record.verdict),
                        run.name, record.probe, record.reason)));
        continue;
      }
      finding(run, record);
    }
    if (!run.not_offered.empty()) {
      line(fmt::format("{}: not offered: {}", run.name,
                       fmt::join(run.not_offered, ", ")));
    }
    for (const std::string& trouble : run.trouble) {
      line(run.name + ": " + trouble);
    }
  }

  void finding(const SubjectReport& run, const Record& record) {
    line(painted(record.verdict,
                 fmt::format("{} {} {}: {}", symbol(record.verdict), run.name,
                             name_of(record.verdict), record.probe)));
    line("    claim    " + record.claim);
    line("    seen     " + record.reason);
    line("    red twin " + red_twin(record));
    if (!record.references.empty()) {
      line(fmt::format("    see      {}", fmt::join(record.references, ", ")));
    }
    if (!record.remedy.empty()) line("    remedy   " + record.remedy);
    if (record.waived) {
      line(fmt::format("    waived   until {}: {}", record.waived->until,
                       record.waived->reason));
    }
    line("    repeat   " + record.repeat);
  }

  [[nodiscard]] static std::string red_twin(const Record& record) {
    const auto& seen = record.seen;
    if (seen.control && seen.control->outcome == Outcome::kReached) {
      return fmt::format("without {}: {}", fmt::join(record.watches, " "),
                         seen.control->evidence);
    }
    if (seen.control_outside &&
        seen.control_outside->outcome == Outcome::kReached) {
      return fmt::format("without {}: {}", fmt::join(record.watches, " "),
                         seen.control_outside->evidence);
    }
    return "none seen";
  }

  void closing() {
    const RedTwins twins = red_twins(report_);
    line(fmt::format(
        "controls: {} of {} seen to escape{}", twins.seen, twins.wanted,
        twins.absent == 0
            ? std::string()
            : fmt::format(", {} not on this kernel", twins.absent)));
    for (const std::string& note : report_.notes) line(note);
    for (const SubjectReport& run : report_.runs) {
      const Summary sum = summarise(run);
      std::string text = fmt::format(
          "{}{}: {} contained, {} escaped, {} unsupported, {} inconclusive",
          run.name, run.version.empty() ? "" : " (" + run.version + ")",
          sum.contained, sum.escaped, sum.unsupported, sum.inconclusive);
      if (sum.waived > 0) text += fmt::format(", {} waived", sum.waived);
      line(painted(sum.escaped > 0        ? Verdict::kEscaped
                   : sum.inconclusive > 0 ? Verdict::kInconclusive
                                          : Verdict::kContained,
                   text));
    }
  }

  const Report& report_;
  bool color_;
  std::vector<std::string_view> boundaries_;
  std::string text_;
};

}  // namespace

std::string to_terminal(const Report& report, bool color) {
  return Terminal(report, color).render();
}

}  // namespace bulkhead::verify
