#include "bench/side_by_side.h"

#include <fmt/format.h>

#include "bench/goals.h"
#include "bench/view.h"
#include "verify/visible.h"

namespace bulkhead::bench {
namespace {

/// "6.1.0" of "6.1.0-57-cloud-amd64".
std::string short_release(const std::string& release) {
  return release.substr(0, release.find_first_of("-+"));
}

std::string cell(const Goal& goal, const Figures& run) {
  const auto figure = figure_of(goal, run);
  if (!figure) return "-";
  // A quick run says nothing of time.
  const bool met = !run.quick && is_met(goal, *figure);
  return number_text(*figure) + (met ? "*" : " ");
}

}  // namespace

std::string goals_side_by_side(std::span<const Figures> runs) {
  std::string text = "goals\n ";
  for (const Figures& run : runs) {
    text += fmt::format(" {:>10}",
                        verify::visible(short_release(run.machine.kernel)));
  }
  text += "\n";
  for (const Goal& goal : goals()) {
    text += " ";
    for (const Figures& run : runs) {
      const std::string figure = cell(goal, run);
      text += fmt::format(" {:>10}", figure == "-" ? "- " : figure);
    }
    text += fmt::format("  {:<15} {}\n", bound_text(goal), goal.text);
  }
  return text + "  *: met\n";
}

}  // namespace bulkhead::bench
