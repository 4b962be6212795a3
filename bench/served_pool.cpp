#include "bench/served_pool.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "bench/starts.h"

namespace bulkhead::bench {

Result<std::shared_ptr<ServedPool>> ServedPool::serve(
    const std::vector<std::string>& argv) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail("pool: pipe", errno);
  const Fd from(ends[0]);
  Fd to(ends[1]);
  const std::vector<char*> words = exec_words(argv);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to.get(), STDOUT_FILENO);
  pid_t pid = -1;
  const int error =
      posix_spawn(&pid, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail("spawn " + argv[0], error);
  Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) {
    const int why = errno;
    kill(pid, SIGTERM);  // Not yet waited for: nobody else has this number.
    waitpid(pid, nullptr, 0);
    return fail("pool: pidfd_open", why);
  }
  auto served = std::make_shared<ServedPool>(std::move(pidfd));
  to.reset();
  char said = 0;
  ssize_t length = 0;
  while ((length = read(from.get(), &said, 1)) < 0 && errno == EINTR) {
  }
  if (length == 1) return served;
  return fail("pool: it ended before it was ready");
}

ServedPool::~ServedPool() {
  // Others collect every child of this process that has ended (run_once): its
  // number may be another's by now.
  syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGTERM, nullptr, 0);
  siginfo_t info{};
  while (waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED) < 0 &&
         errno == EINTR) {
  }
}

}  // namespace bulkhead::bench
