// A set-user-id program of root, run as somebody else where one can become
// somebody else, else as what one is. It prints its ids and capabilities.
#include <fcntl.h>

#include <array>

#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes {
namespace {

constexpr unsigned kSomebody = 1000;

// The child's side: its output goes to `out`; on failure errno does.
[[noreturn]] void run_program(const std::string& path, int out) {
  if (geteuid() == 0) {
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
  const std::string why = "exec " + errno_name(errno) + "\n";
  _exit(write(STDOUT_FILENO, why.data(), why.size()) > 0 ? 127 : 126);
}

std::string output_of(const std::string& path) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  const pid_t child = fork_bound();
  if (child == 0) run_program(path, ends[1]);
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

// "from E uid R E S gid R E S caps PERMITTED EFFECTIVE"
Observation judge(const std::string& text, std::uint64_t permitted) {
  const auto words = split(text, ' ');
  if (words.size() >= 4 && words[2] == "exec") {
    return broken("cannot run the fixture: " + text);
  }
  if (words.size() < 12) return broken("the fixture said: " + text);
  const auto gained = number(words[11], 16);
  if (!gained) return broken("the fixture said: " + text);
  if (words[4] != words[1]) return reached("other ids: " + text);
  if ((*gained & ~permitted) != 0) return reached("more capabilities: " + text);
  return refused(0, text);
}

Observation attempt(Inside& inside) {
  const std::string path = inside.spec("root") + "/fixtures/suid-probe";
  if (access(path.c_str(), F_OK) != 0) return broken("no fixture " + path);
  const auto own = capability_sets();
  if (!own) return broken("capget: " + errno_name(errno));
  return judge(output_of(path), own->permitted);
}

Observation witness(Inside& inside) {
  const std::string text =
      output_of(inside.spec("root") + "/bin/bulkhead-probe");
  return split(text, ' ').size() >= 12
             ? works("an ordinary program runs: " + text)
             : broken("an ordinary program does not run: " + text);
}

const Register kProbe{{
    .id = "no_new_privs/suid-no-effect",
    .claim = "Set-user-id programs give nothing.",
    .watches = {"no_new_privs", "rootfs", "capabilities", "userns"},
    .references = {"PR_SET_NO_NEW_PRIVS(2const)", "mount(8) nosuid",
                   "CIS Docker 5.25"},
    .remedy = "Set noNewPrivileges and mount the root nosuid.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes
