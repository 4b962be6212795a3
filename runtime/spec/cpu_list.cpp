#include "runtime/spec/cpu_list.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "runtime/spec/mount_options.h"

namespace bulkhead {
namespace {

using Range = std::pair<std::uint64_t, std::uint64_t>;

std::optional<Range> range_named(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = number_named(text.substr(0, dash));
  const auto last = dash == std::string_view::npos
                        ? first
                        : number_named(text.substr(dash + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  return Range{*first, *last};
}

std::string shown(const std::vector<Range>& ranges) {
  std::string text;
  for (const auto& [first, last] : ranges) {
    if (!text.empty()) text += ",";
    text += std::to_string(first);
    if (last != first) text += "-" + std::to_string(last);
  }
  return text;
}

}  // namespace

std::optional<std::string> cpu_list(std::string_view text, std::uint64_t most) {
  std::vector<Range> ranges;
  while (true) {
    const std::size_t comma = text.find(',');
    const auto range = range_named(text.substr(0, comma));
    if (!range || range->second > most) return std::nullopt;
    ranges.push_back(*range);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  std::sort(ranges.begin(), ranges.end());
  std::vector<Range> merged;
  for (const Range& range : ranges) {
    if (!merged.empty() && range.first <= merged.back().second + 1) {
      merged.back().second = std::max(merged.back().second, range.second);
    } else {
      merged.push_back(range);
    }
  }
  return shown(merged);
}

}  // namespace bulkhead
