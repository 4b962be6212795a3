// What a clone changes about its caller for a moment, put back afterwards.
#pragma once

#include <mutex>

#include "runtime/base/fd.h"
#include "runtime/base/result.h"
#include "runtime/plan/plan.h"

namespace bulkhead {

/// setns(2) to the pid namespace to be joined, for the time of one clone.
class PidNamespaceForClone {
 public:
  [[nodiscard]] static Result<PidNamespaceForClone> enter(
      const Plan& plan, const SharedState* shared);
  PidNamespaceForClone(PidNamespaceForClone&&) = default;
  PidNamespaceForClone& operator=(PidNamespaceForClone&&) = delete;
  PidNamespaceForClone(const PidNamespaceForClone&) = delete;
  PidNamespaceForClone& operator=(const PidNamespaceForClone&) = delete;
  ~PidNamespaceForClone();

 private:
  PidNamespaceForClone() = default;
  Fd own_;
};

/// A change of ids in a child that shares memory marks that memory, the
/// caller's, as not dumpable (commit_creds()): the last of the starts that run
/// at the same time puts back what was before the first.
///
/// While it is so marked, /proc/self and /proc/PID of the child belong to root:
/// a caller that is not root starts one after the other.
class KeepDumpable {
 public:
  KeepDumpable();
  KeepDumpable(const KeepDumpable&) = delete;
  KeepDumpable& operator=(const KeepDumpable&) = delete;
  ~KeepDumpable();

 private:
  std::unique_lock<std::mutex> turn_;
};

}  // namespace bulkhead
