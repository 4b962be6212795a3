// Parts of a JSON value that may not be there, or not of the kind one hopes.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace bulkhead::verify {

/// `value[name]`; null where there is none.
[[nodiscard]] inline const nlohmann::json& part_of(const nlohmann::json& value,
                                                   const std::string& name) {
  static const nlohmann::json kNone;
  if (!value.is_object()) return kNone;
  const auto found = value.find(name);
  return found == value.end() ? kNone : *found;
}

/// `value[name]` as text; empty where it is none.
[[nodiscard]] inline std::string text_of(const nlohmann::json& value,
                                         const std::string& name) {
  const nlohmann::json& part = part_of(value, name);
  return part.is_string() ? part.get<std::string>() : std::string();
}

}  // namespace bulkhead::verify
