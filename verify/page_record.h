// One record of a report's document, read without trust.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "verify/page_runs.h"

namespace bulkhead::verify {

/// What the document says around a record, and the record must say as well.
struct RecordContext {
  std::string kernel;
  std::string subject;
  std::string version;
  std::string spec_digest;
};

/// Reads records against the published schema, then against each other's
/// halves: a verdict stays only where the four observations give it.
class RecordReader {
 public:
  RecordReader();
  [[nodiscard]] PageRecord read(const nlohmann::json& source,
                                const RecordContext& context) const;

 private:
  nlohmann::json schema_;
};

}  // namespace bulkhead::verify
