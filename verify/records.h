// What came out of a container, believed only as far as it is proven. The
// wire is drawn in probes/frame.h.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/frame.h"
#include "probes/probe.h"

namespace bulkhead::verify {

/// Attempt and witness of one probe, as far as they were recorded.
struct Halves {
  std::optional<probes::Observation> attempt;
  std::optional<probes::Observation> witness;
};

struct Transcript {
  /// By probe id; empty unless the transcript is whole.
  std::map<std::string, Halves> halves;
  /// A plan equal to what was asked, every record once, an end that counts
  /// them: nothing less is believed.
  bool whole = false;
  /// Why it is not whole, or what else was odd.
  std::vector<std::string> complaints;
};

/// The payloads of `output`'s frames whose mac is right under `key`, in order,
/// without the lines that are no frames; `forged` counts the others.
[[nodiscard]] std::vector<nlohmann::json> authentic_frames(
    std::string_view output, const probes::FrameKey& key, std::size_t& forged);

/// Reads `output`, ignoring lines that are no frames. A frame counts only if
/// its mac is right under `key`; the transcript counts only if every frame
/// carries `nonce` and the plan names exactly `asked`.
[[nodiscard]] Transcript read_transcript(std::string_view output,
                                         const probes::FrameKey& key,
                                         std::string_view nonce,
                                         const std::vector<std::string>& asked);

}  // namespace bulkhead::verify
