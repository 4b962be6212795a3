// One observation as JSON: in the documents, and between processes of a run.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "probes/probe.h"

namespace bulkhead::verify {

/// Null where nothing was observed.
[[nodiscard]] nlohmann::json observation_json(
    const std::optional<probes::Observation>& seen);

/// The same back. Throws nlohmann::json::exception where it is none.
[[nodiscard]] std::optional<probes::Observation> observation_from(
    const nlohmann::json& value);

}  // namespace bulkhead::verify
