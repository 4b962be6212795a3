// A config.json for another runtime: what is taken out leaves one that is
// understood.
#include "runtime/base/fuzz.h"
#include "verify/lenient_config.h"

using namespace bulkhead;
using namespace bulkhead::verify;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const auto config = parse_oci_leniently(text_of(data, size), "/bundle");
  if (!config) {
    promise(!config.error().empty(), "a refusal has a reason");
    return 0;
  }
  for (const Complaint& complaint : config->left_out) {
    promise(complaint.not_implemented, "only what is not done is left out");
  }
  const auto again = parse_oci_leniently(config->reduced.dump(), "/bundle");
  promise(again && again->left_out.empty(), "nothing more is to be left out");
  return 0;
}
