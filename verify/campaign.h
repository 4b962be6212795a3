// What is asked inside the crash boxes: all controls once in one, every subject
// in another. Neither needs anything of the other, so both may be asked at the
// same time; verdicts.h judges what they say.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/boundary.h"
#include "runtime/base/result.h"
#include "verify/asked.h"
#include "verify/boxed.h"
#include "verify/container.h"
#include "verify/subject.h"

namespace bulkhead::verify {

struct Campaign {
  std::vector<SubjectPointer> subjects;
  SubjectPointer control;  ///< Who runs the controls.
  ProbeList probes;
  BoundarySet extra_without;
  std::span<const std::byte> probe_binary;
  /// A bundle of the user's own in place of the spec under test.
  std::optional<Asked> asked;
  /// Runs `asked` as well, and so decides what it asks for.
  SubjectPointer reference;
};

/// Leaves out of the bundle, by trying, what the subject does not start with,
/// and takes back in whatever turns out not to matter.
void find_omissions(Subject& subject, const Ground& ground,
                    const BoundarySet& without);

/// The first line of what the subject says of its version; may be empty.
[[nodiscard]] std::string version_of(const Subject& subject);

/// The kernel and the box, as every document has them.
[[nodiscard]] nlohmann::json machine_of(const BoxFacts& box);

/// What the controls say, as answers_json() has it. Runs in a box; `progress`
/// is told, in a few words, what is being done.
[[nodiscard]] Result<nlohmann::json> ask_controls(const Campaign& campaign,
                                                  const BoxFacts& box,
                                                  const Progress& progress);

/// What every subject says and, for a bundle of the user's own, the reference,
/// in the form that judge_campaign() reads (verdicts.h). An error where the
/// reference does not start.
[[nodiscard]] Result<nlohmann::json> ask_subjects(const Campaign& campaign,
                                                  const BoxFacts& box,
                                                  const Progress& progress);

}  // namespace bulkhead::verify
