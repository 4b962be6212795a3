// Markdown as GitHub renders it in a job summary or a comment. Whatever a
// subject said stands in a code span: there nothing is a tag, a link or the
// mention of a person.
#include <fmt/format.h>

#include <algorithm>

#include "verify/cve.h"
#include "verify/report_formats.h"
#include "verify/report_view.h"
#include "verify/visible.h"

namespace bulkhead::verify {
namespace {

/// One backtick more than the longest run of them in `text`.
std::string fence_for(const std::string& text, std::size_t least) {
  std::size_t longest = 0;
  std::size_t now = 0;
  for (const char c : text) {
    now = c == '`' ? now + 1 : 0;
    longest = std::max(longest, now);
  }
  return std::string(std::max(least, longest + 1), '`');
}

/// `raw` as a code span that shows exactly visible(raw).
std::string code(const std::string& raw) {
  const std::string text = visible(raw);
  if (text.empty()) return {};
  const std::string fence = fence_for(text, 1);
  // One blank on each side is taken off again by the reader, unless the whole
  // is blank.
  const bool blank = text.find_first_not_of(' ') == std::string::npos;
  const bool padded = !blank && (text.front() == '`' || text.back() == '`' ||
                                 text.front() == ' ' || text.back() == ' ');
  const char* pad = padded ? " " : "";
  return fence + pad + text + pad + fence;
}

/// `markdown` for the cell of a table, which every bare pipe would end.
std::string cell(const std::string& markdown) {
  std::string safe;
  for (const char c : markdown) {
    if (c == '|') safe += '\\';
    safe += c;
  }
  return safe;
}

/// The project's own words: as text, whatever they hold. They never begin a
/// line, so what only acts there need not be escaped.
std::string prose(const std::string& raw) {
  constexpr std::string_view kSpecial = "\\`*_[]<>|~&";
  const std::string text = visible(raw);
  std::string safe;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool makes_a_link = text.compare(i, 2, ":/") == 0;
    if (makes_a_link || kSpecial.find(text[i]) != std::string_view::npos) {
      safe += '\\';
    }
    safe += text[i];
  }
  return safe;
}

std::string reference(const std::string& text) {
  return is_cve(text)
             ? fmt::format("[{0}](https://nvd.nist.gov/vuln/detail/{0})", text)
             : prose(text);
}

std::string row(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const std::string& one : cells) text += " " + one + " |";
  return text + "\n";
}

std::string table(const Report& report, const std::vector<std::string>& names) {
  const auto boundaries = used_boundaries(report);
  std::vector<std::string> head = {"subject"};
  std::vector<std::string> rule = {"---"};
  for (const std::string_view name : boundaries) {
    head.push_back(prose(std::string(name)));
    rule.emplace_back("---");
  }
  std::string text = row(head) + row(rule);
  for (std::size_t i = 0; i < report.runs.size(); ++i) {
    std::vector<std::string> cells = {cell(code(names[i]))};
    for (const std::string_view name : boundaries) {
      const auto found = tally(report.runs[i], name);
      cells.push_back(
          found ? fmt::format("{} {}", symbol_of(found->worst), found->number())
                : std::string());
    }
    text += row(cells);
  }
  return text;
}

std::string finding(const std::string& subject, const Record& record) {
  std::string text = fmt::format(
      "\n### {} {} {}: {}{}\n\n", symbol_of(record.verdict), code(subject),
      name_of(record.verdict), code(record.probe),
      record.waived ? ", waived until " + code(record.waived->until) : "");
  for (const Detail& detail : details_of(record)) {
    if (detail.label == "repeat") continue;
    std::string shown = code(detail.text);
    if (detail.label == "claim" || detail.label == "remedy") {
      shown = prose(detail.text);
    } else if (detail.label == "see") {
      shown.clear();
      for (const std::string& one : record.references) {
        shown += (shown.empty() ? "" : ", ") + reference(one);
      }
    }
    text += fmt::format("- **{}**: {}\n", detail.label, shown);
  }
  const std::string repeat = visible(record.repeat);
  const std::string fence = fence_for(repeat, 3);
  return text + "\n" + fence + "sh\n" + repeat + "\n" + fence + "\n";
}

std::string details(const SubjectReport& run, const std::string& name) {
  std::string findings;
  std::string unsupported;
  std::string open;
  for (const Record& record : run.records) {
    if (record.verdict == Verdict::kUnsupported) {
      unsupported += fmt::format("- {} unsupported: {}: {}\n", code(name),
                                 code(record.probe), code(record.reason));
    } else if (record.verdict == Verdict::kOpen) {
      open +=
          fmt::format("- {} {} open: {}: {}. **remedy**: {}\n",
                      symbol_of(record.verdict), code(name), code(record.probe),
                      code(record.reason), prose(record.remedy));
    } else if (record.verdict != Verdict::kContained) {
      findings += finding(name, record);
    }
  }
  std::string asides;
  for (const std::string& what : run.not_offered) {
    asides += fmt::format("- {} does not offer {}\n", code(name), code(what));
  }
  for (const std::string& what : run.trouble) {
    asides += fmt::format("- {} said {}\n", code(name), code(what));
  }
  if (!open.empty()) {
    findings += fmt::format("\n### {} {} left open by the config\n\n{}",
                            symbol_of(Verdict::kOpen), code(name), open);
  }
  const std::string lists = unsupported + asides;
  return findings + (lists.empty() ? "" : "\n" + lists);
}

}  // namespace

std::string to_markdown(const Report& report) {
  const auto names = names_of_runs(report);
  std::string text =
      fmt::format("## bulkhead verify\n\n{}\n", table(report, names));
  const RedTwins twins = red_twins(report);
  for (std::size_t i = 0; i < report.runs.size(); ++i) {
    const SubjectReport& run = report.runs[i];
    text +=
        fmt::format("- {}{}: {}\n", code(names[i]),
                    run.version.empty() ? "" : " (" + code(run.version) + ")",
                    counts_of(summarise(run)));
  }
  text += fmt::format(
      "- controls: {} of {} seen to escape, {} not on this kernel\n"
      "- kernel {}, spec {}\n",
      twins.seen, twins.wanted, twins.absent, code(kernel_of(report)),
      code(spec_digest(report)));
  for (const std::string& note : asides_of(report))
    text += "- " + code(note) + "\n";
  for (std::size_t i = 0; i < report.runs.size(); ++i) {
    text += details(report.runs[i], names[i]);
  }
  return text;
}

}  // namespace bulkhead::verify
