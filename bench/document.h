// The JSON form of a run: what `bulkhead bench --format json` prints and
// `--from` and `--compare` read.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "bench/model.h"
#include "runtime/base/result.h"

namespace bulkhead::bench {

inline constexpr const char* kSchemaName = "bulkhead.bench/1";

[[nodiscard]] nlohmann::json to_json(const Figures& run);

/// The run that `json` describes, or where and how it is no such thing.
[[nodiscard]] Result<Figures> from_json(const nlohmann::json& json);

/// Reads and checks `file`; the error names it, the place and what would be
/// right.
[[nodiscard]] Result<Figures> read_run(const std::string& file);

}  // namespace bulkhead::bench
