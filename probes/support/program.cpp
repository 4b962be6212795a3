#include "probes/support/program.h"

#include <fcntl.h>

#include <array>

#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes {

namespace {

constexpr unsigned kSomebody = 1000;

// The child's side: its output goes to `out`; on failure errno does.
[[noreturn]] void run_program(const std::string& path, bool as_somebody,
                              int out) {
  if (as_somebody && geteuid() == 0) {
    // Refused without CAP_SETUID: then as root.
    static_cast<void>(call(SYS_setresuid, kSomebody, kSomebody, kSomebody));
  }
  std::string word = "ids";
  std::array<char*, 3> words{const_cast<char*>(path.c_str()), word.data(),
                             nullptr};
  std::array<char*, 1> none{nullptr};
  if (dup2(out, STDOUT_FILENO) < 0) _exit(126);
  const std::string before = "from " + std::to_string(geteuid()) + " ";
  if (write(STDOUT_FILENO, before.data(), before.size()) < 0) _exit(126);
  execve(path.c_str(), words.data(), none.data());
  const std::string why = "exec " + std::to_string(errno) + "\n";
  _exit(write(STDOUT_FILENO, why.data(), why.size()) > 0 ? 127 : 126);
}

std::string output_of(const std::string& path, bool as_somebody) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  const pid_t child = fork_bound();
  if (child == 0) run_program(path, as_somebody, ends[1]);
  close(ends[1]);
  std::string text;
  std::array<char, 256> block{};
  ssize_t got = 0;
  while ((got = read(ends[0], block.data(), block.size())) > 0) {
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  close(ends[0]);
  if (child > 0) wait_for(child);
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

// "from E uid R E S gid R E S caps PERMITTED EFFECTIVE nnp N seccomp N"
Ids ids_of(const std::string& path, bool as_somebody) {
  Ids ids;
  ids.text = output_of(path, as_somebody);
  const auto words = split(ids.text, ' ');
  if (words.size() >= 2) ids.was_root = words[1] == "0";
  if (words.size() == 4 && words[2] == "exec") {
    ids.error = static_cast<int>(number(words[3]).value_or(EIO));
    ids.text += " (" + errno_name(ids.error) + ")";
  }
  if (words.size() < 17) return ids;
  const auto permitted = number(words[11], 16);
  if (!permitted) return ids;
  ids.same_user = words[4] == words[1];
  ids.permitted = *permitted;
  ids.no_new_privs = words[14];
  ids.seccomp = words[16];
  ids.whole = true;
  return ids;
}

}  // namespace bulkhead::probes
