// The crash box: fresh namespaces, a private /dev and a cgroup of its own, in
// which subjects run. What leaks, leaks into the box; when the box ends, the
// kernel takes everything in it away.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace bulkhead::verify {

/// What the work inside may want to know about its box.
struct BoxFacts {
  bool user_namespace = false;            ///< The caller is not root.
  std::string cgroups;                    ///< "v1", "v2" or "none"
  std::vector<std::string> cgroup_roots;  ///< As mounted inside the box.
  std::vector<std::string> notes;         ///< What could not be had.
  std::string canary_device;
};

/// Work in the box, as its process 1, single-threaded. Whole lines written to
/// `out_fd` reach the caller's `on_line`. Its result is the box's exit status.
using BoxWork = std::function<int(const BoxFacts& facts, int out_fd)>;

struct BoxEnd {
  bool interrupted = false;  ///< SIGINT, SIGTERM or SIGHUP met the caller.
  int code = 0;              ///< The exit status of the work,
  int signal = 0;            ///< or the signal that ended the box.
  bool clean = true;         ///< Everything it made on the machine is gone.
};

/// Builds a box, runs `work` in it, and removes it, also when a signal comes
/// or somebody kills it. `keep` names programs that must stay reachable.
/// The caller must be single-threaded.
[[nodiscard]] Result<BoxEnd> run_in_box(
    const BoxWork& work, const std::vector<std::string>& keep,
    const std::function<void(const std::string& line)>& on_line);

/// Process 1 of a box only: ends every other process in it and collects them.
void end_all_others();

/// 32 hex digits that nobody can guess.
[[nodiscard]] std::string make_nonce();

}  // namespace bulkhead::verify
