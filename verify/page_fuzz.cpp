// Reports of other machines: what is no report is told, and a record without
// what a green one needs is never green.
#include <nlohmann/json.hpp>

#include "runtime/base/fuzz.h"
#include "verify/page_runs.h"

using namespace bulkhead;
using namespace bulkhead::verify;
using nlohmann::json;

namespace {

bool outcome_is(const json& record, const char* half, const char* outcome) {
  return record.is_object() && record.contains(half) &&
         record[half].is_object() && record[half].contains("outcome") &&
         record[half]["outcome"] == outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const json document =
      json::parse(text_of(data, size), nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded() || !not_a_report(document).empty()) return 0;
  for (const PageRun& run : runs_of({{"report.json", document}})) {
    for (const PageRecord& record : run.records) {
      if (record.verdict != Verdict::kContained) continue;
      promise(record.defects.empty(), "a green record has no defect");
      promise(outcome_is(record.source, "attempt", "refused"),
              "green: the attempt was refused");
      promise(outcome_is(record.source, "witness", "reached"),
              "green: the witness works");
      promise(!outcome_is(record.source, "outside", "reached"),
              "green: nothing changed outside");
    }
  }
  return 0;
}
