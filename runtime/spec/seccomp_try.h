// For the tests of the profiles: compiles one with libseccomp, loads it into a
// forked child and asks the kernel.
#pragma once

#include <gtest/gtest.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "runtime/spec/spec.h"

namespace bulkhead {

inline std::uint32_t action_of(SeccompAction action, std::uint32_t error) {
  switch (action) {
    case SeccompAction::kAllow:
      return SCMP_ACT_ALLOW;
    case SeccompAction::kErrno:
      return SCMP_ACT_ERRNO(error);
    default:
      return SCMP_ACT_KILL_PROCESS;
  }
}

struct Filter {
  explicit Filter(std::uint32_t default_action)
      : context(seccomp_init(default_action)) {}
  ~Filter() { seccomp_release(context); }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;
  scmp_filter_ctx context;
};

/// 0, or the error of the first rule that libseccomp would not take.
inline int add_rule(scmp_filter_ctx context, const SeccompRule& rule) {
  std::vector<scmp_arg_cmp> arguments;
  for (const SeccompArgument& argument : rule.arguments) {
    EXPECT_EQ(argument.compare, SeccompCompare::kMaskedEqual);
    arguments.push_back({argument.index, SCMP_CMP_MASKED_EQ, argument.value,
                         argument.value_two});
  }
  for (const std::string& name : rule.names) {
    const int number = seccomp_syscall_resolve_name(name.c_str());
    if (number == __NR_SCMP_ERROR) continue;  // Newer than the library.
    const int error = seccomp_rule_add_array(
        context, action_of(rule.action, rule.errno_return.value_or(EPERM)),
        number, static_cast<unsigned>(arguments.size()), arguments.data());
    if (error != 0) {
      ADD_FAILURE() << name << ": " << strerror(-error);
      return error;
    }
  }
  return 0;
}

/// Loads `seccomp` into this process.
inline void confine(const Seccomp& seccomp) {
  const Filter filter(action_of(seccomp.default_action,
                                seccomp.default_errno_return.value_or(EPERM)));
  for (const std::string& name : seccomp.architectures) {
    std::string word = name.substr(std::string("SCMP_ARCH_").size());
    for (char& c : word) c = static_cast<char>(std::tolower(c));
    const int error = seccomp_arch_add(filter.context,
                                       seccomp_arch_resolve_name(word.c_str()));
    ASSERT_TRUE(error == 0 || error == -EEXIST) << word;
  }
  for (const SeccompRule& rule : seccomp.rules) {
    ASSERT_EQ(add_rule(filter.context, rule), 0);
  }
  ASSERT_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  ASSERT_EQ(seccomp_load(filter.context), 0);
}

/// Runs `body` under `seccomp`; its failures become this test's.
inline void under(const Seccomp& seccomp, const std::function<void()>& body) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    confine(seccomp);
    if (!testing::Test::HasFailure()) body();
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

/// What the system call answers: 0 (or more), or minus the errno.
template <class... Arguments>
long answer(long number, Arguments... arguments) {
  errno = 0;
  const long result = syscall(number, arguments...);
  return result < 0 ? -errno : result;
}

/// The wait status of a child that ends with `body`.
inline int status_of(const std::function<void()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    body();
    _exit(0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

}  // namespace bulkhead
