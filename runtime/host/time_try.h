// Whether this kernel lets a child that shares memory into its new time
// namespace, found by trying it.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>

namespace bulkhead {

/// A try that is under way. The child enters at exec since 6.3
/// (2b5f9dad32ed); before that it must have memory of its own, and join.
class TimeNamespaceTry {
 public:
  /// Starts it; the caller may do something else in the meantime. Costs a
  /// clone and an exec, of which nothing is run, hence on demand.
  explicit TimeNamespaceTry(bool with_user_namespace);
  TimeNamespaceTry(const TimeNamespaceTry&) = delete;
  TimeNamespaceTry& operator=(const TimeNamespaceTry&) = delete;
  /// Waits until nothing of it is left.
  ~TimeNamespaceTry();

  [[nodiscard]] bool with_user_namespace() const;

  /// Waits for the answer, not for the child's end. A try that could not be
  /// made was not entered.
  [[nodiscard]] bool entered();

 private:
  struct Child;
  void kill_child() const;

  std::unique_ptr<Child> child_;
  pid_t pid_ = -1;
  std::optional<bool> entered_;
};

}  // namespace bulkhead
