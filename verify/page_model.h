// What the page holds: a title that says the result, and the JSON that its
// script reads. Everything in it is visible(): nothing acts instead of showing.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "verify/page_runs.h"

namespace bulkhead::verify {

/// All that goes onto one page.
struct PageSources {
  std::vector<PageDocument> reports;
  std::vector<PageDocument> before;   ///< Earlier ones; may be empty.
  std::optional<PageDocument> kill;   ///< Of `bulkhead matrix kill`.
  std::optional<PageDocument> depth;  ///< Of `bulkhead matrix depth`.
};

/// How the records of all runs count, each once.
struct PageCounts {
  std::size_t contained = 0;
  std::size_t escaped = 0;
  std::size_t unsupported = 0;
  std::size_t inconclusive = 0;  ///< The missing too.
  std::size_t open = 0;
  std::size_t waived = 0;
  std::size_t missing = 0;
};
[[nodiscard]] PageCounts count(const std::vector<PageRun>& runs);

/// "4 kernels, 8 subjects, 230 probes: 12 escapes in 3 subjects".
[[nodiscard]] std::string title_of(const std::vector<PageRun>& runs);

/// The word that colours the whole page: escaped, inconclusive, waived, open or
/// contained. Nothing but unsupported is inconclusive.
[[nodiscard]] std::string result_of(const std::vector<PageRun>& runs);

/// What page.js reads.
[[nodiscard]] nlohmann::json page_model(const PageSources& sources);

}  // namespace bulkhead::verify
