// Who goes last when memory runs out is not for the workload's caller to leave
// to chance.
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::session_oom_score_exact {
namespace {

std::optional<long> own_score() {
  const auto text = slurp("/proc/self/oom_score_adj", 16);
  if (!text) return std::nullopt;
  return std::strtol(text->c_str(), nullptr, 10);
}

Observation attempt(Inside& inside) {
  if (inside.spec("oom_score_adj").empty()) {
    return fact_missing("oom_score_adj");
  }
  const auto have = own_score();
  if (!have) return broken("/proc/self/oom_score_adj: " + errno_name(errno));
  const std::string text = "oom_score_adj " + std::to_string(*have);
  return *have < inside.spec_number("oom_score_adj", 0) ? reached(text)
                                                        : refused(0, text);
}

Observation witness(Inside&) {
  const auto have = own_score();
  return have ? works("oom_score_adj " + std::to_string(*have))
              : broken("/proc/self/oom_score_adj: " + errno_name(errno));
}

const Register kProbe{{
    .id = "session/oom-score-exact",
    .claim = "The workload is not spared more than asked for when memory "
             "runs out.",
    .watches = {"session"},
    .references = {"OCI process.oomScoreAdj", "proc_pid_oom_score_adj(5)"},
    .remedy = "Set oomScoreAdj.",
    .attempt = attempt,
    .witness = witness,
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::session_oom_score_exact
