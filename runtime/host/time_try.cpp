#include "runtime/host/time_try.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "runtime/host/time_try_child.h"

namespace bulkhead {
namespace {

std::string link_at(const std::string& path) {
  std::array<char, 64> target{};
  const ssize_t length =
      readlink(path.c_str(), target.data(), target.size() - 1);
  return length > 0 ? std::string(target.data()) : std::string();
}

}  // namespace

TimeNamespaceTry::TimeNamespaceTry(bool with_user_namespace)
    : child_(new TimeTryChild),
      with_user_namespace_(with_user_namespace),
      pid_(static_cast<pid_t>(child_->begin(with_user_namespace))) {}

TimeNamespaceTry::TimeNamespaceTry(const Begun& begun)
    : with_user_namespace_(begun.with_user_namespace), pid_(begun.pid) {}

TimeNamespaceTry::~TimeNamespaceTry() {
  int status = 0;
  do {
    if (pid_ <= 0) return;
    kill_child();
  } while (await(status) && WIFSTOPPED(status));
}

/// Whether it said something, its end or that it has stopped.
bool TimeNamespaceTry::await(int& status) {
  pid_t told = -1;
  while ((told = waitpid(pid_, &status, __WALL)) < 0 && errno == EINTR) {
  }
  if (told != pid_) return false;
  if (!WIFSTOPPED(status)) pid_ = -1;
  return true;
}

bool TimeNamespaceTry::entered() {
  if (entered_) return *entered_;
  entered_ = false;
  int status = 0;
  if (pid_ <= 0) return false;
  if (await(status) && WIFSTOPPED(status)) {
    const std::string ours = link_at("/proc/self/ns/time");
    const std::string theirs =
        link_at("/proc/" + std::to_string(pid_) + "/ns/time");
    entered_ = !ours.empty() && !theirs.empty() && ours != theirs;
  }
  if (pid_ > 0) kill_child();
  return *entered_;
}

/// Either call is enough, once it has come to where it stops.
void TimeNamespaceTry::kill_child() const {
  kill(pid_, SIGKILL);
  ptrace(PTRACE_CONT, pid_, nullptr, SIGKILL);
}

}  // namespace bulkhead
