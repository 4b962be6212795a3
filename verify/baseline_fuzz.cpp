// Waivers: one that is taken has a probe, a reason and a last day.
#include "runtime/base/fuzz.h"
#include "verify/baseline.h"

using namespace bulkhead;
using namespace bulkhead::verify;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const auto waivers = parse_baseline(text_of(data, size));
  if (!waivers) {
    promise(!waivers.error().what.empty(), "a refusal has a reason");
    promise(waivers.error().kind == ErrorKind::kUsage,
            "it is the user's mistake");
    return 0;
  }
  for (const Waiver& waiver : *waivers) {
    promise(!waiver.probe.empty() && !waiver.reason.empty(),
            "a waiver says what and why");
    promise(waiver.until.size() == 10, "and until when");
    promise(waiver.verdict == Verdict::kEscaped ||
                waiver.verdict == Verdict::kInconclusive,
            "there is nothing else to waive");
  }
  return 0;
}
