// What a clone changes about its caller for a moment, put back afterwards.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
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

/// Takes the numbers of standard streams that the caller has closed, as long as
/// it exists: a descriptor of the start's own would be one of the container's
/// streams until exec.
class ClosedStreams {
 public:
  [[nodiscard]] static Result<ClosedStreams> take();

 private:
  std::array<Fd, kStreams> taken_;
};

/// Whether the memory of the caller, which a child has until exec, may be
/// opened by whoever could trace the caller.
enum class Memory : std::uint8_t { kHidden, kAsItIs };

/// Hides the memory of this process as long as it exists (PR_SET_DUMPABLE), and
/// puts back what was before the first of them. With that go the descriptors,
/// the executable, the directories and the root of a child that is on its way:
/// in a pid namespace with others they could open them, once it has given up
/// more capabilities than they have (CVE-2016-9962).
///
/// A child that changes its ids hides its memory, the caller's, by itself
/// (commit_creds()): kAsItIs only puts that back. While it is hidden,
/// /proc/self and /proc/PID of the child belong to root: a caller that is not
/// root starts one after the other.
class MemoryMark {
 public:
  /// An error where it cannot be hidden.
  [[nodiscard]] static Result<std::unique_ptr<MemoryMark>> set(Memory memory);
  MemoryMark(const MemoryMark&) = delete;
  MemoryMark& operator=(const MemoryMark&) = delete;
  ~MemoryMark();

 private:
  MemoryMark();
  std::unique_lock<std::mutex> turn_;
};

}  // namespace bulkhead
