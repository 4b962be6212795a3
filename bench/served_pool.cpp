#include "bench/served_pool.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "runtime/base/fd.h"

namespace bulkhead::bench {

Result<std::shared_ptr<ServedPool>> ServedPool::serve(
    const std::vector<std::string>& argv) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail("pool: pipe", errno);
  const Fd from(ends[0]);
  Fd to(ends[1]);
  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  for (const std::string& word : argv) {
    words.push_back(const_cast<char*>(word.c_str()));
  }
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to.get(), STDOUT_FILENO);
  pid_t pid = -1;
  const int error =
      posix_spawn(&pid, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail("spawn " + argv[0], error);
  auto served = std::make_shared<ServedPool>(pid);
  to.reset();
  char said = 0;
  ssize_t length = 0;
  while ((length = read(from.get(), &said, 1)) < 0 && errno == EINTR) {
  }
  if (length == 1) return served;
  return fail("pool: it ended before it was ready");
}

ServedPool::~ServedPool() {
  kill(pid_, SIGTERM);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace bulkhead::bench
