// The laboratory of the matrices: the reference runtime, sabotaged in many
// ways, and which probes notice. Lives in the crash box.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/base/boundary.h"
#include "runtime/base/result.h"
#include "runtime/plan/plan.h"
#include "verify/boxed.h"
#include "verify/container.h"

namespace bulkhead::verify {

/// What one container said about one probe.
enum class Held {
  kContained,    ///< The attempt was refused and nothing outside changed.
  kEscaped,      ///< It got through, or something outside changed.
  kOverBlocked,  ///< The attempt was refused, but its permitted twin too.
  kAbsent,       ///< This kernel has no such feature.
  kUnknown,      ///< No trustworthy answer.
};
using HeldByProbe = std::map<std::string, Held>;

class Lab {
 public:
  /// `subject` must be bulkhead: no other can skip steps.
  Lab(const Ground& ground, const Subject& subject)
      : ground_(ground), subject_(subject) {}

  /// Runs `probes` in containers with `sabotage` done to them. Answers for the
  /// same sabotage without skipped steps are remembered.
  [[nodiscard]] HeldByProbe run(const Sabotage& sabotage,
                                const ProbeList& probes);

  /// Where a start is refused, in the supervisor's words; empty: it starts.
  [[nodiscard]] std::string refusal(const Sabotage& sabotage) const;

  /// The steps that build the container without `without`.
  [[nodiscard]] Result<std::vector<Step>> steps(
      const BoundarySet& without) const;

 private:
  const Ground& ground_;
  const Subject& subject_;
  std::map<BoundarySet, HeldByProbe> remembered_;
};

/// Every boundary but `on`: what has to be taken out to leave those alone.
[[nodiscard]] BoundarySet all_but(const BoundarySet& on);

/// What `boundary` cannot be without: a root of its own takes a mount
/// namespace, a /dev of its own a root. Not `boundary` itself.
[[nodiscard]] BoundarySet needed_by(Boundary boundary);

/// "mountns rootfs", "everything"
[[nodiscard]] std::string words_of(const BoundarySet& boundaries);

}  // namespace bulkhead::verify
