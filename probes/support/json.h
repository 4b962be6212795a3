// The few words of JSON that records need.
#pragma once

#include <string>
#include <string_view>

#include "probes/probe.h"

namespace bulkhead::probes {

/// `text` as a JSON string, quotes included. Bytes that are not printable
/// ASCII become \u00XX, so that any file name stays valid JSON.
[[nodiscard]] std::string json_string(std::string_view text);

/// "refused", "reached", "absent" or "broken".
[[nodiscard]] std::string_view outcome_word(Outcome outcome);

}  // namespace bulkhead::probes
