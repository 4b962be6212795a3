// Work in a crash box whose answer is one JSON document, with a live line on
// the terminal meanwhile.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "verify/box.h"

namespace bulkhead::verify {

/// Tells, in a few words, what is being done.
using Progress = std::function<void(const std::string&)>;

/// Runs in the box (box.h).
using BoxedWork =
    std::function<Result<nlohmann::json>(const BoxFacts& box, const Progress&)>;

struct BoxedOptions {
  /// Programs that must stay reachable; those that do not exist are left out.
  std::vector<std::string> keep;
  bool live = false;  ///< A live line on stderr, if it is a terminal.
};

/// What `work` returned. An error also when it was interrupted (then
/// `interrupted` is set) or gave no answer.
[[nodiscard]] Result<nlohmann::json> run_boxed(const BoxedWork& work,
                                               const BoxedOptions& options,
                                               bool& interrupted);

}  // namespace bulkhead::verify
