// For tests of what changes a process for good: in a child of its own.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace bulkhead {

/// What `work` returns in a forked child, its first 4 KiB.
template <class Work>
std::string said_by_child(Work work) {
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    const std::string said = work();
    const bool wrote = write(ends[1], said.data(), said.size()) ==
                       static_cast<ssize_t>(said.size());
    _exit(wrote ? 0 : 1);
  }
  close(ends[1]);
  std::string said(4096, '\0');
  const ssize_t got = read(ends[0], said.data(), said.size());
  said.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return said;
}

}  // namespace bulkhead
