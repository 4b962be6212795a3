// What a run is disturbed by: one call, one whole system call, or two calls.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "runtime/base/result.h"

namespace bulkhead::verify::faults {

/// Where a call stands in a start, the same in every start of a subject: the
/// n-th call with these arguments by the n-th process that makes this call.
/// Nothing depends on calls of another number, which another filter sees.
struct Site {
  std::string call;       ///< "mount"
  std::string arguments;  ///< "proc,/proc,proc,0xe"; what differs is replaced
  int process = 1;        ///< 1 is the first to make this call.
  int occurrence = 1;     ///< of these arguments, in this process
  bool operator==(const Site&) const = default;
  bool operator<(const Site& other) const {
    return std::tie(call, arguments, process, occurrence) <
           std::tie(other.call, other.arguments, other.process,
                    other.occurrence);
  }

  /// "mount(proc,/proc,proc,0xe)#1.1"
  [[nodiscard]] std::string text() const;
};

/// How a call is answered in place of the kernel.
struct Answer {
  bool lies = false;  ///< It answers its success and is not done.
  int error = 0;      ///< Or this errno.

  /// "EPERM", "lie"
  [[nodiscard]] std::string text() const;
};

struct Rule {
  Site site;
  Answer answer;
  /// Every call of that number, by whomever; `site` is but its name.
  bool whole_call = false;

  /// "mount(…)#1.1=EPERM", "mount=EPERM"
  [[nodiscard]] std::string text() const;
};

/// Between the rules of a pair.
inline constexpr std::string_view kBetweenFaults = " + ";

/// One disturbed run.
struct Fault {
  enum class Kind { kSingle, kLie, kPersistent, kPair };
  Kind kind = Kind::kSingle;
  std::vector<Rule> rules;

  /// Its rules, with kBetweenFaults in between.
  [[nodiscard]] std::string text() const;
};

/// "single", "lie", "persistent", "pair"
[[nodiscard]] std::string_view word_of(Fault::Kind kind);

/// Takes out of `arguments` what differs from run to run: `nonce` and its
/// beginning, process ids in /proc, numbers of pipes and sockets, the random
/// ends of temporary names.
[[nodiscard]] std::string normalised(std::string arguments,
                                     std::string_view nonce);

/// Every fault worth trying in a start that has these sites: each errno of
/// call_table.h and each lie at each site, then each whole system call.
[[nodiscard]] std::vector<Fault> faults_for(const std::vector<Site>& sites);

/// What `first` makes fail, and each of the first few calls that a start with
/// it makes (`now`) and one without it does not (`usual`): they may be what
/// replaces it.
[[nodiscard]] std::vector<Fault> pairs_for(const Fault& first,
                                           const std::vector<Site>& usual,
                                           const std::vector<Site>& now);

/// `count` of `faults`, those whose text and `seed` have the least digests, in
/// the order of `faults`; all where there are no more. One fault more or less,
/// as starts are not alike to the last call, changes one of the draw at most.
[[nodiscard]] std::vector<Fault> sample(std::vector<Fault> faults,
                                        std::size_t count, unsigned long seed);

void to_json(nlohmann::json& json, const Site& site);
void from_json(const nlohmann::json& json, Site& site);

}  // namespace bulkhead::verify::faults
