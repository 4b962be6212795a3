// Answers on their way out of a crash box.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "verify/answers.h"

namespace bulkhead::verify {

/// An object with a member for each probe, named by its id.
[[nodiscard]] nlohmann::json answers_json(const Answers& answers);

/// The same back. Throws nlohmann::json::exception where they are none.
[[nodiscard]] Answers answers_from(const nlohmann::json& value);

}  // namespace bulkhead::verify
