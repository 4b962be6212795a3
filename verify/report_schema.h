// The forms of the JSON documents, published: JSON Schema, draft 2020-12.
#pragma once

#include <string_view>

namespace bulkhead::verify {

/// schema/verify.schema.json, carried inside the program.
[[nodiscard]] std::string_view report_schema();

/// schema/kill.schema.json and schema/depth.schema.json: the two matrices.
[[nodiscard]] std::string_view kill_schema();
[[nodiscard]] std::string_view depth_schema();

}  // namespace bulkhead::verify
