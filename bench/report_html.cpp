#include "bench/report_html.h"

#include <fmt/format.h>

#include "bench/distribution.h"
#include "bench/goals.h"
#include "bench/view.h"
#include "verify/embed.h"
#include "verify/report_html.h"
#include "verify/visible.h"

namespace bulkhead::bench {

BULKHEAD_EMBED(bench_style, BULKHEAD_BENCH_FOLDER "/page/bench.css")

namespace {

std::string text_of(const std::string& raw) {
  return verify::html_escaped(verify::visible(raw));
}

std::string ratio_cell(const std::optional<Ratio>& ratio) {
  return fmt::format(R"(<td class="ratio">{}</td>)",
                     ratio ? ratio_text(*ratio) : "");
}

std::string number_cell(double value) {
  return fmt::format(R"(<td class="number">{}</td>)", number_text(value));
}

double baseline_median(const Group& group, const Row& row) {
  const Row* const base = group.find(row.baseline);
  const Sample* const sample =
      base == nullptr ? nullptr : shown_samples(group, *base);
  return sample == nullptr ? 0 : median(*sample);
}

std::string row_html(const Group& group, const Axis& axis, const Row& row) {
  std::string text =
      fmt::format(R"(<tr><th scope="row">{}<small>{}</small></th>)",
                  text_of(row.name), text_of(row.about));
  const auto view = view_of(group, row);
  if (!view) {
    return text + fmt::format(R"(<td colspan="7">not measured: {}</td></tr>)"
                              "\n",
                              text_of(row.error));
  }
  const std::string label = fmt::format(
      "{} {}, half below {}, one in a hundred above {}", row.name, group.unit,
      number_text(view->median), number_text(view->p99));
  text += "<td>" +
          axis.picture(*shown_samples(group, row), baseline_median(group, row),
                       verify::visible(label)) +
          "</td>" + number_cell(view->median) + number_cell(view->p10) +
          number_cell(view->p99) + ratio_cell(view->to_baseline);
  if (!group.subject.empty()) {
    text += ratio_cell(view->to_subject) +
            (view->to_subject ? number_cell(view->to_subject->of_best_deciles)
                              : "<td></td>");
  }
  return text + "</tr>\n";
}

std::string group_html(const Group& group) {
  const Axis axis(group);
  std::string text = fmt::format(
      "<section><h2>{}</h2><p>{}</p>\n<div "
      "class=\"scroll\"><table><caption>{}, "
      "{}; the line is the median, the dashed one that of what it is compared "
      "with; logarithmic.</caption>\n"
      "<thead><tr><th></th><th>{}</th><th>median</th><th>p10</th><th>p99</th>"
      "<th>× baseline [95 %]</th>",
      text_of(group.name), text_of(group.title), text_of(group.unit),
      group.more_is_better ? "more is better" : "less is better", axis.scale());
  if (!group.subject.empty()) {
    text += fmt::format("<th>× {} [95 %]</th><th>best deciles</th>",
                        text_of(group.subject));
  }
  text += "</tr></thead>\n<tbody>\n";
  for (const Row& row : group.rows) text += row_html(group, axis, row);
  return text + "</tbody></table></div></section>\n";
}

const char* class_of(const std::string& word) {
  if (word == "met") return "met";
  return word == "not met" ? "missed" : "unknown";
}

std::string goals_html(const Figures& run) {
  std::string text =
      "<section><h2>Goals</h2><div class=\"scroll\"><table>"
      "<thead><tr><th></th><th>goal</th><th>figure</th><th>best "
      "deciles</th><th></th></tr></thead>"
      "\n<tbody>\n";
  for (const GoalLine& line : goal_lines(run)) {
    text += fmt::format(
        R"(<tr><th scope="row">{}</th><td>{}</td><td class="number">{}</td>)"
        R"(<td class="number">{}</td>)"
        R"(<td><span class="mark {}">{}</span></td></tr>)"
        "\n",
        text_of(line.text), text_of(line.bound), line.figure, line.best,
        class_of(line.word), line.word);
  }
  return text + "</tbody></table></div></section>\n";
}

std::string absent_html(const Figures& run) {
  if (run.absent.empty()) return {};
  std::string text = "<section><h2>Not measured here</h2><ul>\n";
  for (const Absent& absent : run.absent) {
    text += fmt::format("<li>{} {}: {}</li>\n", text_of(absent.group),
                        text_of(absent.name), text_of(absent.reason));
  }
  return text + "</ul></section>\n";
}

}  // namespace

std::string to_html(const Figures& run) {
  std::string text = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
      "'none'; base-uri 'none'; form-action 'none'; style-src "
      "'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\">\n<title>Bulkhead: starts, measured</title>\n"
      "<style>\n{}</style>\n</head>\n<body>\n<header><h1>Starts, "
      "measured</h1>\n"
      "<p class=\"muted\">bulkhead {}, {}. {}</p>\n<p class=\"muted\">Noise: "
      "{}</p>\n</header>\n<main>\n",
      bench_style(), text_of(run.version), text_of(run.when),
      text_of(machine_text(run)), text_of(noise_text(run)));
  text += goals_html(run);
  for (const Group& group : run.groups) text += group_html(group);
  return text + absent_html(run) + "</main>\n</body>\n</html>\n";
}

}  // namespace bulkhead::bench
