// What a container says, which may be hostile. The bytes are read as they are,
// and then as payloads, a line each, of one who has the key: neither may be
// taken for more than it proves.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "probes/frame.h"
#include "runtime/base/fuzz.h"
#include "verify/records.h"

using namespace bulkhead;
using namespace bulkhead::verify;

namespace {

const probes::FrameKey kKey = {7, 1, 3};
constexpr std::string_view kNonce = "00112233445566778899aabbccddeeff";
const std::vector<std::string> kAsked = {"a/b", "c/d"};

Transcript read(std::string_view output) {
  Transcript seen = read_transcript(output, kKey, kNonce, kAsked);
  promise(seen.whole || seen.halves.empty(), "nothing less than all counts");
  promise(seen.whole || !seen.complaints.empty(), "what is wrong is said");
  for (const auto& [probe, halves] : seen.halves) {
    promise(probe == "a/b" || probe == "c/d",
            "what was not asked is no answer");
    promise(halves.attempt && halves.witness, "every record is there");
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  std::string_view rest = text_of(data, size);
  promise(!read(rest).whole, "without the key nothing is believed");
  std::string framed;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    framed += probes::frame(kKey, line);
  }
  const Transcript seen = read(framed);
  promise(!seen.whole || seen.halves.size() == kAsked.size(),
          "a whole transcript answers what was asked");
  return 0;
}
