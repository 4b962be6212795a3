// The container's cgroup, owned: made with its limits, read back, emptied and
// removed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/base/fd.h"
#include "runtime/base/result.h"
#include "runtime/plan/plan.h"
#include "runtime/state/intend.h"

namespace bulkhead {

/// Removes on destruction what it made.
class Cgroup {
 public:
  Cgroup() = default;
  Cgroup(Cgroup&& other) noexcept { *this = std::move(other); }
  Cgroup& operator=(Cgroup&& other) noexcept;
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;
  ~Cgroup();

  /// Puts the directories on the record and makes them. One that exists already
  /// is an error: it is somebody else's. `suffix` ends the name of the last.
  [[nodiscard]] static Result<Cgroup> create(const CgroupPlan& plan,
                                             const std::string& suffix = {});

  /// Writes every limit and reads it back, attaches the device program. To be
  /// done before the workload runs, not before the child is in.
  [[nodiscard]] Status limit(const CgroupPlan& plan) const;

  /// The file by which the child joins directory `index`, or, for
  /// CLONE_INTO_CGROUP, the directory itself.
  [[nodiscard]] int join_fd(std::size_t index) const {
    return join_fds_[index].get();
  }

  /// Once the child is in: a container that lives long keeps none open.
  void close_join_files() { join_fds_.clear(); }

  /// What the kernel counted: memory_peak_bytes, oom_kills, pids_peak,
  /// pids_refused, cpu_usage_us, cpu_throttled; those that this host counts.
  [[nodiscard]] std::map<std::string, std::uint64_t> counters() const;

  /// Kills what is left inside, waits until it is gone, removes the
  /// directories. An error says what remains; that stays on the record.
  [[nodiscard]] Status remove();

 private:
  [[nodiscard]] Status make_directory(const CgroupDirectory& directory,
                                      const CgroupPlan& plan,
                                      const std::string& suffix);
  [[nodiscard]] Status write_limits(const CgroupPlan& plan) const;
  [[nodiscard]] Status enter_leaf(const CgroupPlan& plan);
  void leave_leaf();

  struct Directory {
    std::string controller;
    std::string path;
  };
  std::vector<Directory> directories_;
  struct Made {
    std::string path;
    bool above = false;  ///< Others may have containers in it as well.
  };
  std::vector<Made> made_;  ///< In the order of making.
  std::vector<Fd> join_fds_;
  std::string delegated_;  ///< The cgroup that the caller left for its leaf.
  std::vector<std::string> controllers_;  ///< Handed down in it.
  Intended intended_;
};

}  // namespace bulkhead
