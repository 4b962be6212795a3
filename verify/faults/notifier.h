// Answers the calls of a start in place of the kernel, and nothing of what
// comes after the workload's exec.
#pragma once

#include <linux/seccomp.h>
#include <sys/types.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/fd.h"
#include "verify/faults/call_table.h"
#include "verify/faults/fault.h"

namespace bulkhead::verify::faults {

struct Disturbance {
  std::vector<Rule> rules;
  bool record = false;   ///< Keep the sites of all calls that are asked about.
  std::string nonce;     ///< Of the run: differs, and says nothing.
  std::string workload;  ///< How argv[0] of the workload ends.
};

/// The numbers to ask about: all of the table to record, else those of the
/// rules; execve, execveat and prctl always.
[[nodiscard]] std::vector<int> numbers_for(const Disturbance& disturbance);

class Notifier {
 public:
  explicit Notifier(Disturbance disturbance)
      : disturbance_(std::move(disturbance)),
        hits_(disturbance_.rules.size(), 0) {}

  /// Whom to answer from now on.
  void listen_to(Fd listener) { listener_ = std::move(listener); }
  [[nodiscard]] int fd() const { return listener_.get(); }

  /// Answers one call, if one waits.
  void serve();

  /// The workload's exec was let through.
  [[nodiscard]] bool released() const { return phase_ == Phase::kReleased; }
  /// …and did not fail: the process was seen to be the workload.
  [[nodiscard]] bool seen_running() const { return seen_running_; }
  /// Whether every rule was applied at least once.
  [[nodiscard]] bool all_hit() const;
  /// In the order of the calls; only if recording.
  [[nodiscard]] const std::vector<Site>& sites() const { return sites_; }

 private:
  enum class Phase {
    kLaunching,  ///< Still the harness's own child.
    kStarting,   ///< The subject's own calls: those that count.
    kReleased,   ///< The workload runs.
  };

  void decide(const seccomp_notif& asked, seccomp_notif_resp& response);
  [[nodiscard]] bool is_workload(const seccomp_notif& asked) const;
  /// Counts the call.
  [[nodiscard]] Site site_of(const TableCall& call, const seccomp_notif& asked);
  void look_at_exe(pid_t tid);

  Disturbance disturbance_;
  Fd listener_;
  Phase phase_ = Phase::kLaunching;
  pid_t released_process_ = -1;
  bool seen_running_ = false;
  std::vector<std::size_t> hits_;
  std::vector<Site> sites_;
  std::map<pid_t, pid_t> process_by_tid_;
  /// The processes that made a call, by its number, in the order of the first.
  std::map<int, std::vector<pid_t>> callers_;
  std::map<Site, int> counts_;  ///< Under occurrence 0.
};

}  // namespace bulkhead::verify::faults
