// Is a JSON value of the form that a schema of schema/ describes? The words of
// JSON Schema that those files use, and no others: an unknown word in a schema
// is an error, never ignored.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bulkhead::verify {

/// Where a value is not as it should be, and what would be right.
struct Violation {
  nlohmann::json::json_pointer where;
  std::string what;  ///< "is 7, where a string belongs"

  /// "/records/3/verdict is …"; "it is …" for the whole.
  [[nodiscard]] std::string message() const;
};

/// Everything in `value` that `schema` forbids, in the order of the document.
/// `root` is what its "$ref"s point into.
[[nodiscard]] std::vector<Violation> violations_of(const nlohmann::json& root,
                                                   const nlohmann::json& schema,
                                                   const nlohmann::json& value);

/// Of several the one that a reader wants: that it is another document
/// altogether, else the first.
[[nodiscard]] const Violation& most_telling(
    const std::vector<Violation>& wrong);

}  // namespace bulkhead::verify
