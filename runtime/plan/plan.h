// Spec compiled against host: a flat, ordered, immutable list of steps.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/fd.h"
#include "runtime/base/result.h"
#include "runtime/plan/call.h"
#include "runtime/spec/spec.h"

namespace bulkhead {

/// Who carries a step out, in this order.
enum class Side : std::uint8_t {
  kParent,  ///< The supervisor's own code: cgroups, id maps, clone.
  kBefore,  ///< The supervisor, by the same flat calls, before clone.
  kBeside,  ///< …while the child waits for it, which makes a network meanwhile.
  kChild,  ///< The child, after clone.
};

struct Plan;

/// Name for `--skip` that is no step: every comparison with what the kernel
/// shows, so that a skipped step is seen by what it lets through, not by the
/// refusal to start.
inline constexpr const char* kSkipReadback = "readback";

/// One thing done to build the container.
struct Step {
  std::string name;  ///< "rootfs.pivot"; `--skip` and reports use it.
  Boundary boundary;
  Side side;
  std::string reason;              ///< Why it is there, in one sentence.
  std::string remedy;              ///< What helps when it fails; may be empty.
  std::vector<std::string> calls;  ///< What it does, a system call a line.
  std::vector<std::string> shell;  ///< The same in sh; empty: nothing to do.
  /// `--skip`: takes the supervisor's own part out of the plan, beside the
  /// calls. A step of the supervisor without it cannot be left out.
  std::function<void(Plan&)> drop;
  bool essential = false;  ///< Without it nothing starts: never skipped.
};

/// A file of the container's cgroup and what goes into it.
struct CgroupWrite {
  std::string controller;  ///< v1 hierarchy ("memory"); "" for v2.
  std::string file;
  std::string value;
  /// What reading it back must give; empty: not compared (a command file).
  std::string expected;
  /// Name in Spec::prefer that allows its absence.
  std::string feature;
};

/// One directory to be made: below the hierarchy's mount point.
struct CgroupDirectory {
  std::string controller;  ///< "" for v2.
  std::string mount_point;
  std::string path;       ///< Relative to mount_point.
  std::string join_file;  ///< "tasks" (v1), "cgroup.procs" (v2, fallback)
  int slot = -1;          ///< Where the child finds the opened join_file.
};

struct CgroupPlan {
  std::vector<CgroupDirectory> directories;
  std::vector<CgroupWrite> writes;
  std::vector<std::string> enable_controllers;  ///< v2 subtree_control
  bool into_by_clone = false;  ///< CLONE_INTO_CGROUP (5.7) instead of joining.
  /// The caller's own delegated v2 cgroup, which must hold no process while it
  /// has limited children: the caller waits in a leaf. Empty: not in its own.
  std::string delegated;
  /// cgroup v2 device program, BPF_PROG_TYPE_CGROUP_DEVICE; empty: none.
  std::vector<std::uint64_t> device_program;
};

enum class IdMapMethod : std::uint8_t { kNone, kDirect, kHelpers };

/// What is missing although it was asked for, and who allowed it.
struct Degradation {
  std::string feature;
  std::string reason;
};

struct Plan {
  Plan() = default;
  Plan(Plan&&) = default;
  Plan& operator=(Plan&&) = default;
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  Spec spec;
  std::vector<Step> steps;
  std::vector<Call> before;
  /// Of the supervisor while the child waits: only where it does
  /// (`wait_for_parent`). They keep no result and leave scratch alone, which is
  /// the child's then.
  std::vector<Call> beside;
  std::vector<Call> child;
  /// The first of the last steps: Landlock, the read-back of mounts and
  /// descriptors, ids, capabilities, the filter, exec.
  std::size_t last_steps = 0;
  std::uint64_t clone_flags = 0;  ///< clone3(2) flags, CLONE_NEW* included.
  /// CLONE_VM; off where a time namespace cannot be entered at exec, where
  /// only a waiting child is given its OOM score, and where the container's
  /// limit of memory is so low that the caller might be killed with the child.
  bool share_memory = true;
  bool wait_for_parent = false;  ///< Needs id maps: no CLONE_VFORK then.
  bool write_id_maps = true;     ///< False: userns.maps is skipped.
  IdMapMethod id_map_method = IdMapMethod::kNone;
  bool deny_setgroups = false;
  /// Written by the supervisor to a child that waits for it.
  std::optional<std::int32_t> oom_score_adj;
  std::optional<CgroupPlan> cgroup;
  std::vector<Degradation> degradations;
  int slots_used = 0;
  int join_pid_slot = -1;  ///< setns(2) around the clone; -1: none.
  /// Descriptors opened by compile: slot, and the owner.
  std::vector<std::pair<int, Fd>> prepared;

  /// Everything the calls point to. Addresses are stable.
  std::unique_ptr<std::deque<std::string>> bytes =
      std::make_unique<std::deque<std::string>>();
  std::unique_ptr<std::deque<std::vector<ExpectedMount>>> mount_tables =
      std::make_unique<std::deque<std::vector<ExpectedMount>>>();
};

}  // namespace bulkhead
