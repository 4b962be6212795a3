// Whether this kernel lets a child that shares memory into its new time
// namespace, found by trying it.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>

namespace bulkhead {

struct TimeTryChild;

/// A try that is under way. The child enters at exec since 6.3
/// (2b5f9dad32ed); before that it must have memory of its own, and join.
class TimeNamespaceTry {
 public:
  /// Starts it; the caller may do something else in the meantime. Costs a
  /// clone and an exec, of which nothing is run, hence on demand.
  explicit TimeNamespaceTry(bool with_user_namespace);
  /// One that this process has begun without it.
  struct Begun {
    bool with_user_namespace;
    pid_t pid;
  };
  explicit TimeNamespaceTry(const Begun& begun);
  TimeNamespaceTry(const TimeNamespaceTry&) = delete;
  TimeNamespaceTry& operator=(const TimeNamespaceTry&) = delete;
  /// Waits until nothing of it is left.
  ~TimeNamespaceTry();

  [[nodiscard]] bool with_user_namespace() const {
    return with_user_namespace_;
  }

  /// Waits for the answer, not for the child's end. A try that could not be
  /// made was not entered.
  [[nodiscard]] bool entered();

 private:
  void kill_child() const;
  bool await(int& status);

  std::unique_ptr<TimeTryChild> child_;
  bool with_user_namespace_;
  pid_t pid_;  ///< Not above 0: there is no child, or none any more.
  std::optional<bool> entered_;
};

}  // namespace bulkhead
