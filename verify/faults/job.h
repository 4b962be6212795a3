// One start of a subject, disturbed, in a crash box of its own: what came of
// it, as far as it can be seen from outside.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "verify/container.h"
#include "verify/faults/fault.h"
#include "verify/held.h"

namespace bulkhead::verify::faults {

/// A start without a workload and without an error hangs after so long. Far
/// more than any takes: a busy machine makes nobody hang.
inline constexpr int kHangMs = 20'000;
/// What a subject's last processes and cgroups get to be gone.
inline constexpr int kGoneMs = 1'000;

struct JobResult {
  bool hit = false;       ///< Every rule of the fault was applied.
  bool released = false;  ///< The workload's exec was let through,
  bool ran = false;       ///< and it was seen or heard to run.
  bool whole = false;     ///< All its records arrived.
  bool timed_out = false;
  int code = 0;      ///< Exit status of the subject,
  int signal = 0;    ///< or the signal that ended it.
  int start_ms = 0;  ///< Until the workload's exec or the subject's end.
  std::string said;  ///< The last line of the subject's stderr.
  HeldByProbe held;  ///< Empty unless whole.
  /// What was there afterwards and not before, or the other way around.
  std::vector<std::string> residue;
  std::vector<Site> sites;  ///< Only if recorded.
};

/// Runs in a box. `record`: keep the sites of all calls of the table.
[[nodiscard]] JobResult run_job(const Ground& ground, const Subject& subject,
                                const BoundarySet& without,
                                const ProbeList& probes, const Fault& fault,
                                bool record);

void to_json(nlohmann::json& json, const JobResult& result);
void from_json(const nlohmann::json& json, JobResult& result);

}  // namespace bulkhead::verify::faults
