// The report for people: first the table, then everything that is not
// contained, each with the command that repeats it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "verify/report_view.h"
#include "verify/visible.h"

namespace bulkhead::verify {
namespace {

/// Indexed by Verdict.
constexpr std::array<const char*, kVerdictNames.size()> kColors = {
    "\033[32m", "\033[1;31m", "\033[2m", "\033[33m", "\033[36m"};
constexpr std::size_t kSubjectWidth = 18;

class Terminal {
 public:
  Terminal(const Report& report, bool color)
      : report_(report), color_(color), boundaries_(used_boundaries(report)) {}

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
    return kColors[static_cast<std::size_t>(verdict)] + text + "\033[0m";
  }

  /// The worst verdict of a cell and its count: "✓ 4", "✗ 1/4".
  [[nodiscard]] std::string cell(const SubjectReport& run,
                                 std::string_view boundary,
                                 std::size_t width) const {
    const auto found = tally(run, boundary);
    if (!found) return std::string(width, ' ');
    const std::string number = found->number();
    // The symbols are one column wide and three bytes long.
    const std::string padding(width - std::min(width, number.size() + 2), ' ');
    return painted(found->worst,
                   fmt::format("{} {}", symbol_of(found->worst), number)) +
           padding;
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
      row = fmt::format("{:<{}.{}}", visible(run.name), kSubjectWidth,
                        kSubjectWidth - 2);
      for (std::size_t i = from; i < to; ++i) {
        row += cell(run, boundaries_[i], column(i));
      }
      line(row);
    }
    line();
  }

  void details(const SubjectReport& run) {
    const std::string name = visible(run.name);
    for (const Record& record : run.records) {
      if (record.verdict == Verdict::kContained ||
          record.verdict == Verdict::kOpen) {
        continue;
      }
      if (record.verdict == Verdict::kUnsupported) {
        line(painted(
            record.verdict,
            fmt::format("{} {} unsupported: {}: {}", symbol_of(record.verdict),
                        name, record.probe, visible(record.reason))));
        continue;
      }
      line(painted(record.verdict,
                   fmt::format("{} {} {}: {}", symbol_of(record.verdict), name,
                               name_of(record.verdict), record.probe)));
      for (const Detail& detail : details_of(record)) {
        line(fmt::format("    {:<8} {}", detail.label, visible(detail.text)));
      }
    }
    open(run, name);
    if (!run.not_offered.empty()) {
      line(fmt::format(
          "{}: not offered: {}", name,
          visible(fmt::format("{}", fmt::join(run.not_offered, ", ")))));
    }
    for (const std::string& trouble : run.trouble) {
      line(name + ": " + visible(trouble));
    }
  }

  /// One bug from escape: what one boundary alone contains.
  void depth() {
    std::set<std::string> judged;
    std::set<std::string> single;
    for (const SubjectReport& run : report_.runs) {
      for (const Record& record : run.records) {
        if (!record.alone) continue;
        judged.insert(record.probe);
        if (record.alone->size() == 1) {
          single.insert(record.probe + " (" + record.alone->front() + ")");
        }
      }
    }
    if (judged.empty()) return;
    line(fmt::format("depth 1, one bug from escape: {} of {}: {}",
                     single.size(), judged.size(), fmt::join(single, ", ")));
  }

  /// Together, as the list of what the user's own config could ask for yet.
  void open(const SubjectReport& run, const std::string& name) {
    for (const Record& record : run.records) {
      if (record.verdict != Verdict::kOpen) continue;
      line(painted(record.verdict,
                   fmt::format("{} {} open: {}: {}", symbol_of(record.verdict),
                               name, record.probe, visible(record.reason))));
      line(fmt::format("    {:<8} {}", "remedy", visible(record.remedy)));
    }
  }

  void closing() {
    const RedTwins twins = red_twins(report_);
    line(fmt::format(
        "controls: {} of {} seen to escape{}", twins.seen, twins.wanted,
        twins.absent == 0
            ? std::string()
            : fmt::format(", {} not on this kernel", twins.absent)));
    depth();
    for (const std::string& note : asides_of(report_)) line(visible(note));
    for (const SubjectReport& run : report_.runs) {
      const Summary sum = summarise(run);
      const std::string version =
          run.version.empty() ? "" : " (" + visible(run.version) + ")";
      const std::string text =
          fmt::format("{}{}: {}", visible(run.name), version, counts_of(sum));
      line(painted(sum.escaped > 0        ? Verdict::kEscaped
                   : sum.inconclusive > 0 ? Verdict::kInconclusive
                   : sum.open > 0         ? Verdict::kOpen
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
