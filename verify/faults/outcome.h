// The verdict about one disturbed start: a pure function of what the same
// subject does undisturbed and what it did now.
#pragma once

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "verify/faults/job.h"
#include "verify/held.h"

namespace bulkhead::verify::faults {

enum class Outcome {
  kClosed,      ///< No workload, an error, in time, and nothing left.
  kUnaffected,  ///< It ran, confined as ever as far as its probes can say.
  kOpen,        ///< It ran, and something that held does not hold any more.
  kHang,        ///< Neither a workload nor an error.
  kResidue,     ///< Something was left behind that is not usually.
  kSilent,      ///< No workload, but a status that says all is well.
  kCut,         ///< The workload began, and gave no whole answer.
  kNotReached,  ///< This time the start did not come past the site.
};

inline constexpr std::array<std::string_view, 8> kOutcomeWords = {
    "closed",  "unaffected", "open", "hang",
    "residue", "silent",     "cut",  "not-reached"};

/// What the undisturbed starts of a subject have in common, under the same
/// filter with every call let through.
struct Usual {
  HeldByProbe held;               ///< Of the probes that always say the same.
  std::set<std::string> residue;  ///< Left by any of them.
  std::vector<Site> sites;        ///< In all of them.
};
[[nodiscard]] Usual usual_of(const std::vector<JobResult>& undisturbed);

struct Judged {
  Outcome outcome = Outcome::kNotReached;
  std::vector<std::string> weaker;    ///< Probes that held and do not now.
  std::vector<std::string> unjudged;  ///< That held and cannot tell any more.
  std::vector<std::string> residue;   ///< More than usual.
};

/// The worst that can be said, in the order open, hang, residue, silent, cut.
[[nodiscard]] Judged judge(const Usual& usual, const JobResult& result);

/// open, hang, residue, silent and cut.
[[nodiscard]] bool is_bad(Outcome outcome);

}  // namespace bulkhead::verify::faults
