// Why a sabotaged start was refused, read from the supervisor's words.
#pragma once

#include <string>
#include <vector>

#include "verify/lab.h"

namespace bulkhead::verify {

struct Refusal {
  /// What was wrong with the refused start.
  enum class Kind {
    kNone,      ///< Nothing: it began.
    kUsage,     ///< The plan has no such step, or cannot be without it.
    kReadBack,  ///< The kernel showed something else than was asked for.
    kNeeded,    ///< A step could not be done without what was left out.
  };
  Kind kind = Kind::kNone;
  /// The step that refused; the whole words where they name none.
  std::string at;
};

/// `words` are empty if the start began; `steps` are those of its plan.
[[nodiscard]] Refusal refusal_of(const std::string& words,
                                 const std::vector<StepName>& steps);

}  // namespace bulkhead::verify
