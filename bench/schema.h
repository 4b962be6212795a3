// The form of the JSON document, published: JSON Schema, draft 2020-12.
#pragma once

#include <string_view>

namespace bulkhead::bench {

/// schema/bench.schema.json, carried inside the program.
[[nodiscard]] std::string_view bench_schema();

}  // namespace bulkhead::bench
