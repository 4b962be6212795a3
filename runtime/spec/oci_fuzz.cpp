// config.json, or a profile, of anybody's: a Spec that comes out of one goes
// back into one and comes out the same; what is refused is refused with a
// reason and a place.
#include "runtime/base/fuzz.h"
#include "runtime/spec/oci.h"

using namespace bulkhead;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view text = text_of(data, size);
  const auto profile = parse_seccomp_profile(text, 0);
  promise(profile || !profile.error().empty(), "a refusal has a reason");
  const auto spec = parse_oci(text, "/bundle");
  if (!spec) {
    promise(!spec.error().empty(), "a refusal has a reason");
    for (const Complaint& complaint : spec.error()) {
      promise(!complaint.text.empty(), "a complaint says what is wrong");
      promise(complaint.pointer.empty() || complaint.pointer.front() == '/',
              "a complaint has a JSON pointer");
    }
    return 0;
  }
  const std::string emitted = emit_oci(*spec);
  const auto again = parse_oci(emitted, "/bundle");
  promise(again.has_value(), "what emit_oci writes can be read");
  promise(emit_oci(*again) == emitted, "and says the same again");
  return 0;
}
