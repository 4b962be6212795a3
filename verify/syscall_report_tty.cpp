// The surface for people: neighbours that say the same share a line.
#include <fmt/format.h>

#include <algorithm>

#include "verify/syscall_report.h"

namespace bulkhead::verify {
namespace {

// Of findings of one kind on one entry, so many are told one by one.
constexpr std::size_t kTold = 12;
// A run of calls with names is one line from this length on.
constexpr std::size_t kLongRun = 32;

std::string inside_words(const SyscallRow& row) {
  return row.seen ? words_of(*row.seen) : "-";
}

bool was_skipped(const SyscallRow& row) {
  return row.seen && row.seen->end == CallEnd::kNotTried;
}

/// Whether two rows of the table may share a line.
bool alike(const SyscallRow& a, const SyscallRow& b) {
  return a.arch == b.arch && a.decided == b.decided && a.wanted == b.wanted &&
         (inside_words(a) == inside_words(b) || was_skipped(a) ||
          was_skipped(b));
}

class Text {
 public:
  Text(const SyscallReport& report, bool color)
      : report_(report), color_(color) {}

  std::string render() {
    head();
    table();
    summary();
    notes("stricter than the spec", report_.surface.stricter);
    notes("denied in another way than the spec's",
          report_.surface.answered_otherwise);
    notes("made whatever the filter says, by the kernel itself",
          report_.surface.past_every_filter);
    findings();
    return std::move(text_);
  }

 private:
  void line(const std::string& text = {}) { text_ += text + "\n"; }

  [[nodiscard]] std::string red(const std::string& text) const {
    return color_ ? "\033[1;31m" + text + "\033[0m" : text;
  }

  void head() {
    line(report_.subject +
         (report_.version.empty() ? "" : " (" + report_.version + ")"));
    if (report_.filters) {
      std::string sizes;
      for (const std::size_t size : *report_.filters) {
        sizes += fmt::format("{}{}", sizes.empty() ? ": " : ", ", size);
      }
      line(fmt::format("  outside: {} filter(s) read{}{}",
                       report_.filters->size(), sizes,
                       sizes.empty() ? "" : " instructions"));
    } else {
      line("  outside: unsupported: " + report_.unread);
    }
    line(report_.unseen.empty() ? "  inside: every number was tried"
                                : "  inside: inconclusive: " + report_.unseen);
    if (report_.surface.lost > 0) {
      line(fmt::format("  inside: inconclusive: the end of {} calls is unknown",
                       report_.surface.lost));
    }
    for (const std::string& name : report_.absent) {
      line("  " + name + ": this kernel has no such entry");
    }
    for (const std::string& trouble : report_.trouble) line("  " + trouble);
    line();
  }

  void table() {
    line(fmt::format("{:<8}{:<10}{:<28}{:<24}{:<16}{}", "entry", "number",
                     "name", "filter", "inside", "spec"));
    const auto& rows = report_.surface.rows;
    for (std::size_t i = 0; i < rows.size();) {
      std::size_t next = i + 1;
      while (next < rows.size() && alike(rows[i], rows[next])) ++next;
      if (next - i < kLongRun) next = end_of_nameless(i, next);
      table_line(i, next);
      i = next;
    }
    line();
  }

  /// A short run is told call by call, but for those without a name.
  [[nodiscard]] std::size_t end_of_nameless(std::size_t first,
                                            std::size_t end) const {
    const auto& rows = report_.surface.rows;
    if (!rows[first].name.empty()) return first + 1;
    std::size_t next = first + 1;
    while (next < end && rows[next].name.empty()) ++next;
    return next;
  }

  void table_line(std::size_t first, std::size_t end) {
    const auto& rows = report_.surface.rows;
    const SyscallRow& row = rows[first];
    std::string number = std::to_string(row.number);
    std::string name = row.name;
    if (end - first > 1) {
      number += "-" + std::to_string(rows[end - 1].number);
      name = fmt::format("({} numbers)", end - first);
    }
    const auto seen =
        std::find_if(rows.begin() + static_cast<std::ptrdiff_t>(first),
                     rows.begin() + static_cast<std::ptrdiff_t>(end),
                     [](const SyscallRow& one) { return !was_skipped(one); });
    const bool none = seen == rows.begin() + static_cast<std::ptrdiff_t>(end);
    line(fmt::format("{:<8}{:<10}{:<28}{:<24}{:<16}{}", row.arch->name, number,
                     name, words_of(row.decided),
                     inside_words(none ? row : *seen), wanted_words(row)));
  }

  void summary() {
    if (!report_.filters) return;
    for (const SyscallArch& arch : syscall_arches()) {
      const SyscallCounts counts = count_decisions(report_.surface, arch);
      line(fmt::format(
          "{:<8}allowed {}, denied by errno {}, ENOSYS {}, killed {}, "
          "argument-conditional {}{}",
          arch.name, counts.allowed, counts.by_errno, counts.enosys,
          counts.killed, counts.by_argument,
          counts.other == 0
              ? ""
              : fmt::format(", left to another process {}", counts.other)));
    }
    line();
  }

  void notes(const char* what, const std::vector<std::size_t>& indexes) {
    if (indexes.empty()) return;
    std::string names;
    for (const std::size_t index : indexes) {
      if (names.size() > 400) {
        names += " …";
        break;
      }
      names += " " + called(report_.surface.rows[index]);
    }
    line(fmt::format("note: {} {}:{}", indexes.size(), what, names));
  }

  static std::string called(const SyscallRow& row) {
    return fmt::format(
        "{}:{}", row.arch->name,
        row.name.empty() ? std::to_string(row.number) : row.name);
  }

  void findings() {
    const auto& all = report_.surface.findings;
    if (all.empty()) {
      line(exit_status(report_) == 0
               ? "no finding: both oracles and the spec agree"
               : "no finding, but one half is missing: inconclusive");
      return;
    }
    using enum SyscallFindingKind;
    group(kLetsThrough, "the filter lets through what the spec denies");
    group(kOraclesDiffer, "the two oracles differ");
    group(kReached, "reached inside, against the spec");
  }

  void group(SyscallFindingKind kind, const char* title) {
    const SyscallSurface& surface = report_.surface;
    for (const SyscallArch& arch : syscall_arches()) {
      std::vector<const SyscallFinding*> found;
      for (const SyscallFinding& finding : surface.findings) {
        if (finding.kind == kind && surface.rows[finding.row].arch == &arch) {
          found.push_back(&finding);
        }
      }
      if (found.empty()) continue;
      line(red(
          fmt::format("{}: {}: {} number(s)", arch.name, title, found.size())));
      for (std::size_t i = 0; i < found.size() && i < kTold; ++i) {
        line("  " + called(surface.rows[found[i]->row]) + ": " +
             found[i]->what);
      }
      if (found.size() > kTold) {
        line(
            fmt::format("  and {} more (--format json)", found.size() - kTold));
      }
    }
  }

  const SyscallReport& report_;
  bool color_;
  std::string text_;
};

}  // namespace

std::string to_text(const SyscallReport& report, bool color) {
  return Text(report, color).render();
}

}  // namespace bulkhead::verify
