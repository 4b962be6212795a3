#include "verify/box.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/state/state_directory.h"
#include "verify/blocked_signals.h"
#include "verify/box_cgroup.h"
#include "verify/box_mounts.h"
#include "verify/process.h"

// The handshake: the box is cloned into its namespaces and waits for one byte.
//
//   caller                               box (process 1 of its pid namespace)
//   make cgroups
//   clone3 ───────────────────────────▶  die with the caller; read(go)
//   write id maps, move it into cgroups
//   write(go) ────────────────────────▶  unshare(CLONE_NEWCGROUP), so that its
//                                        cgroups are the root; build; work
//   lines ◀────────────────────────────  lines on the out pipe
//   kill on signal, reap, remove cgroups
//
// EOF instead of the byte means that the caller is dead.

namespace bulkhead::verify {
namespace {

constexpr int kExitBoxFailed = 125;

Status bring_loopback_up() {
  const Fd socket_fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::snprintf(request.ifr_name, sizeof request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  if (!socket_fd || ioctl(socket_fd.get(), SIOCSIFFLAGS, &request) != 0) {
    return fail("box: loopback", errno);
  }
  return {};
}

/// The machine's stdio is not for subjects: /proc/1/fd is open to them.
Status replace_stdio() {
  const Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null) return fail("box: open /dev/null", errno);
  for (const int number : {0, 1, 2}) {
    if (dup2(null.get(), number) < 0) return fail("box: dup2", errno);
  }
  return {};
}

Status move_in(const BoxMounts& mounts) {
  if (!mounts.cgroups.empty() && unshare(CLONE_NEWCGROUP) != 0) {
    return fail("box: unshare cgroup namespace", errno);
  }
  setsid();
  umask(022);
  // A place of the machine's: here records are kept in the box's own /run.
  unsetenv(kStateVariable);
  const std::string hostname = kBoxHostname;
  if (sethostname(hostname.data(), hostname.size()) != 0) {
    return fail("box: sethostname", errno);
  }
  // Keys that probes plant stay out of the caller's session. Kernels without
  // keyrings have no session to protect.
  if (syscall(SYS_keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING */, nullptr) < 0 &&
      errno != ENOSYS) {
    return fail("box: new session keyring", errno);
  }
  Status done = bring_loopback_up();
  if (done) done = build_box(mounts);
  if (done) done = replace_stdio();
  return done;
}

[[noreturn]] void live_in_box(const BoxMounts& mounts, const BoxFacts& facts,
                              const BoxWork& work, int go, int out) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  char byte = 0;
  if (read(go, &byte, 1) != 1) _exit(kExitBoxFailed);
  int code = kExitBoxFailed;
  if (const auto done = move_in(mounts); !done) {
    const std::string line = done.error().message() + "\n";
    if (write(out, line.data(), line.size()) < 0) code = kExitBoxFailed + 1;
  } else {
    try {
      code = work(facts, out);
    } catch (const std::exception& error) {
      const std::string line = std::string("box: ") + error.what() + "\n";
      if (write(out, line.data(), line.size()) < 0) code = kExitBoxFailed + 1;
    }
  }
  end_all_others();
  _exit(code);
}

Status write_maps(pid_t pid) {
  const std::string proc = "/proc/" + std::to_string(pid);
  const auto directory = open_at(AT_FDCWD, proc, O_PATH | O_DIRECTORY);
  if (!directory) return tl::unexpected(directory.error());
  const int at = directory->get();
  Status done = write_file_at(at, "setgroups", "deny");
  if (done) {
    done =
        write_file_at(at, "uid_map", "0 " + std::to_string(geteuid()) + " 1");
  }
  if (done) {
    done =
        write_file_at(at, "gid_map", "0 " + std::to_string(getegid()) + " 1");
  }
  return done;
}

/// Hands whole lines on; keeps the rest.
class Lines {
 public:
  explicit Lines(const std::function<void(const std::string&)>& on_line)
      : on_line_(on_line) {}

  /// False at the end of the pipe.
  bool take_from(int fd) {
    std::array<char, 65536> buffer;
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    if (got == 0) return false;
    rest_.append(buffer.data(), static_cast<std::size_t>(got));
    std::size_t newline = 0;
    while ((newline = rest_.find('\n')) != std::string::npos) {
      const std::string line = rest_.substr(0, newline);
      rest_.erase(0, newline + 1);
      on_line_(line);
    }
    return true;
  }

 private:
  const std::function<void(const std::string&)>& on_line_;
  std::string rest_;
};

/// Until the box has closed its pipe or a signal came (true).
bool listen_until_end(int out, int signals,
                      const std::function<void(const std::string&)>& on_line) {
  Lines lines(on_line);
  std::array<pollfd, 2> polled{pollfd{signals, POLLIN, 0},
                               pollfd{out, POLLIN, 0}};
  while (true) {
    if (poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) break;
    if (polled[0].revents != 0) return true;
    if (polled[1].revents != 0 && !lines.take_from(out)) break;
  }
  return false;
}

struct Child {
  pid_t pid = -1;
  Fd pidfd;
};

/// In the child: pid 0.
Result<Child> clone_box(bool user_namespace) {
  int pidfd = -1;
  clone_args arguments{};
  arguments.flags = CLONE_PIDFD | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |
                    CLONE_NEWIPC | CLONE_NEWUTS |
                    (user_namespace ? CLONE_NEWUSER : 0);
  arguments.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
  arguments.exit_signal = SIGCHLD;
  std::fflush(nullptr);
  const auto pid =
      static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof arguments));
  if (pid < 0) {
    return fail("box: clone into new namespaces", errno,
                "run as root, or allow unprivileged user namespaces");
  }
  return Child{pid, Fd(pidfd)};
}

}  // namespace

std::string make_nonce() {
  std::array<unsigned char, 16> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) !=
      static_cast<ssize_t>(bytes.size())) {
    std::abort();  // A canary that can be guessed proves nothing.
  }
  std::string text;
  for (const unsigned char byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

void end_all_others() {
  if (getpid() != 1) return;
  // In a pid namespace of its own, -1 is everybody in it but the caller.
  while (kill(-1, SIGKILL) == 0 || errno != ESRCH) {
    if (waitpid(-1, nullptr, 0) < 0 && errno == ECHILD) break;
  }
  while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
}

Result<BoxEnd> run_in_box(
    const BoxWork& work, const std::vector<std::string>& keep,
    const std::function<void(const std::string&)>& on_line) {
  const BlockedSignals signals;
  BoxMounts mounts{.user_namespace = geteuid() != 0,
                   .keep = keep,
                   .canary_device = "canary-" + make_nonce().substr(0, 8)};
  const auto mountinfo = read_file("/proc/self/mountinfo");
  if (!mountinfo) return within("box", mountinfo.error());
  std::vector<Hierarchy> hierarchies;
  if (!mounts.user_namespace) hierarchies = find_hierarchies(*mountinfo);
  const std::string name = "bulkhead-box-" + std::to_string(getpid());
  auto intended = intend_box(hierarchies, name);
  if (!intended) return within("box", intended.error());
  BoxCgroups cgroups(std::move(hierarchies), name, std::move(*intended));
  mounts.cgroups = cgroups.subtrees();
  BoxFacts facts{.user_namespace = mounts.user_namespace,
                 .cgroups = "none",
                 .notes = cgroups.notes(),
                 .canary_device = mounts.canary_device};
  for (const auto& subtree : mounts.cgroups) {
    const auto& hierarchy = subtree.hierarchy;
    facts.cgroups = hierarchy.unified ? "v2" : "v1";
    facts.cgroup_roots.push_back(
        hierarchy.unified
            ? "/sys/fs/cgroup"
            : "/sys/fs/cgroup/" + std::filesystem::path(hierarchy.mount_point)
                                      .filename()
                                      .string());
  }
  auto go = make_pipe();
  if (!go) return within("box", go.error());
  auto out = make_pipe();
  if (!out) return within("box", out.error());

  auto child = clone_box(mounts.user_namespace);
  if (!child) return tl::unexpected(child.error());
  if (child->pid == 0) {
    signals.release();
    go->write.reset();
    out->read.reset();
    live_in_box(mounts, facts, work, go->read.get(), out->write.get());
  }
  go->read.reset();
  out->write.reset();
  Status ready;
  if (mounts.user_namespace) ready = write_maps(child->pid);
  if (ready) ready = cgroups.enter(child->pid);
  BoxEnd end;
  if (ready && write(go->write.get(), "g", 1) == 1) {
    end.interrupted = listen_until_end(out->read.get(), signals.fd(), on_line);
  }
  if (end.interrupted || !ready) {
    syscall(SYS_pidfd_send_signal, child->pidfd.get(), SIGKILL, nullptr, 0);
  }
  cgroups.thaw();
  int status = 0;
  while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR) {
  }
  end.clean = cgroups.remove();
  if (!ready) return within("box", ready.error());
  if (WIFEXITED(status)) end.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  return end;
}

}  // namespace bulkhead::verify
