// The work inside the crash box: all controls once, then every subject, then
// the verdicts.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/boundary.h"
#include "runtime/base/result.h"
#include "verify/asked.h"
#include "verify/container.h"
#include "verify/report.h"
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

/// Runs in the box. `progress` is told, in a few words, what is being done.
[[nodiscard]] Result<Report> run_campaign(
    Campaign& campaign, const BoxFacts& box,
    const std::function<void(const std::string&)>& progress);

}  // namespace bulkhead::verify
