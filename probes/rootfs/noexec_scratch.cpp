// A program written to where one may write, then run.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>

#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_noexec_scratch {
namespace {

constexpr std::size_t kMostBytes = 16 << 20;

bool noexec_asked(const Inside& inside) {
  for (const std::string& line : split(inside.spec("mounts"), ';')) {
    const auto words = split(line, ':');
    if (words.size() >= 3 && words[0] == scratch(inside) &&
        words[2].find("noexec") != std::string::npos) {
      return true;
    }
  }
  return false;
}

// Runs `path ids` with its output thrown away; the errno of a failed exec.
Called run(const std::string& path) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return called(-1);
  const pid_t child = fork_bound();
  if (child == 0) {
    const std::string word = "ids";
    std::array<char*, 3> words{const_cast<char*>(path.c_str()),
                               const_cast<char*>(word.c_str()), nullptr};
    std::array<char*, 1> none{nullptr};
    close(STDOUT_FILENO);
    execve(path.c_str(), words.data(), none.data());
    const int error = errno;
    _exit(write(ends[1], &error, sizeof error) == sizeof error ? 127 : 126);
  }
  close(ends[1]);
  int error = child < 0 ? errno : 0;
  static_cast<void>(!read(ends[0], &error, sizeof error));
  close(ends[0]);
  if (child > 0) wait_for(child);
  return {error == 0 ? 0 : -1, error};
}

Observation attempt(Inside& inside) {
  if (!noexec_asked(inside)) {
    return absent("the spec asks for no noexec at " + scratch(inside));
  }
  const auto program =
      slurp(inside.spec("root") + "/bin/bulkhead-probe", kMostBytes);
  if (!program) return broken("the probe's own file cannot be read");
  const std::string path = scratch(inside) + "/run-" + inside.nonce();
  if (!spill(path, *program, 0755)) {
    const int error = errno;
    unlink(path.c_str());
    return broken("write " + path + ": " + errno_name(error));
  }
  Observation seen = observe(run(path), {}, "execve " + path);
  unlink(path.c_str());
  return seen;
}

Observation witness(Inside& inside) {
  const Called ran = run(inside.spec("root") + "/bin/bulkhead-probe");
  return ran.ok() ? works("the probe's own file runs")
                  : broken("execve: " + errno_name(ran.error));
}

const Register kProbe{{
    .id = "rootfs/noexec-scratch",
    .claim = "What is written at run time cannot be run.",
    .watches = {"rootfs"},
    .references = {"mount(8) noexec", "OCI mounts: options"},
    .remedy = "Mount writable places noexec.",
    .attempt = attempt,
    .witness = witness,
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_noexec_scratch
