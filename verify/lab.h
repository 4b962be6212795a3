// The laboratory of the matrices: the reference runtime, sabotaged in many
// ways, and which probes notice. Every start has a crash box of its own.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/boundary.h"
#include "runtime/base/result.h"
#include "verify/boxed.h"
#include "verify/container.h"
#include "verify/held.h"

namespace bulkhead::verify {

/// A step of the plan, as far as the matrices need it.
struct StepName {
  std::string name;
  Boundary boundary;
  bool essential = false;
};

/// What the laboratory works with.
struct LabTools {
  std::string self_exe;  ///< bulkhead: no other subject can skip steps.
  std::span<const std::byte> probe_binary;
  bool live = false;  ///< A live line on stderr, if it is a terminal.
};

class Lab {
 public:
  explicit Lab(LabTools tools) : tools_(std::move(tools)) {}

  /// Runs `probes` in containers with `sabotage` done to them. Answers for the
  /// same sabotage without skipped steps are remembered.
  [[nodiscard]] HeldByProbe run(const Sabotage& sabotage,
                                const ProbeList& probes);

  struct Began {
    /// Where the start was refused, in the supervisor's words; empty: it began.
    std::string refusal;
    /// What `bulkhead-probe ids` sees inside.
    std::string view;
  };
  [[nodiscard]] Began begin(const Sabotage& sabotage);

  /// The steps that build the container without `without`; empty if it cannot
  /// be planned.
  [[nodiscard]] const std::vector<StepName>& steps(const BoundarySet& without);

  /// Said on the live line.
  void progress(const std::string& what) { doing_ = what; }

  /// What went wrong, once something did: then no answer counts.
  [[nodiscard]] const std::optional<Error>& trouble() const { return trouble_; }
  [[nodiscard]] bool interrupted() const { return interrupted_; }

 private:
  /// In a box of its own: a sabotaged start may wreck the one it is in.
  nlohmann::json in_box(
      const std::function<nlohmann::json(const Ground&, const Subject&)>& work);

  LabTools tools_;
  std::string doing_;
  std::map<BoundarySet, HeldByProbe> remembered_;
  std::map<BoundarySet, std::vector<StepName>> steps_;
  std::optional<Error> trouble_;
  bool interrupted_ = false;
};

/// Every boundary but `on`: what has to be taken out to leave those alone.
[[nodiscard]] BoundarySet all_but(const BoundarySet& on);

/// What `boundary` cannot be without: a root of its own takes a mount
/// namespace, a /dev of its own a root. Not `boundary` itself.
[[nodiscard]] BoundarySet needed_by(Boundary boundary);

/// "mountns rootfs", "everything"
[[nodiscard]] std::string words_of(const BoundarySet& boundaries);

}  // namespace bulkhead::verify
