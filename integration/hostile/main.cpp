// bulkhead-hostile KIND: does what KIND says, writes "ready" and never ends by
// itself. Every process of it keeps standard output open: it is at its end when
// the last of them is gone.
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

constexpr int kDaemons = 8;
constexpr std::size_t kMiB = std::size_t{1} << 20;

[[noreturn]] void sleep_for_ever() {
  for (;;) pause();
}

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

void say_ready() {
  if (write(STDOUT_FILENO, "ready\n", 6) != 6) fail("write");
}

/// No signal that can be ignored ends it, nor the children that it makes.
[[noreturn]] void ignore_signals() {
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_IGN);
  say_ready();
  sleep_for_ever();
}

/// Every process makes more, as fast as it may, for ever.
[[noreturn]] void fork_bomb() {
  const pid_t first = getpid();
  bool told = false;
  for (;;) {
    if (fork() >= 0) continue;
    if (!told && getpid() == first) say_ready();
    told = true;
    sched_yield();
  }
}

[[noreturn]] void stopped_child() {
  const pid_t child = fork();
  if (child == 0) {
    raise(SIGSTOP);
    sleep_for_ever();
  }
  int status = 0;
  if (waitpid(child, &status, WUNTRACED) != child) fail("waitpid");
  say_ready();
  sleep_for_ever();
}

/// Both of vfork's sides sleep, the parent in the kernel, where only SIGKILL
/// reaches it.
[[noreturn]] void vfork_parent() {
  // NOLINTNEXTLINE: vfork is what this is about.
  if (vfork() == 0) {
    say_ready();
    sleep_for_ever();
  }
  sleep_for_ever();
}

/// In a session of its own, without parent, not to be found from here.
[[noreturn]] void daemons() {
  int ready[2];
  if (pipe(ready) != 0) fail("pipe");
  for (int i = 0; i < kDaemons; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      setsid();
      if (fork() != 0) _exit(0);
      for (int number = 1; number < NSIG; ++number) signal(number, SIG_IGN);
      if (write(ready[1], "d", 1) != 1) _exit(1);
      sleep_for_ever();
    }
    waitpid(child, nullptr, 0);
  }
  char byte = 0;
  for (int i = 0; i < kDaemons; ++i) {
    if (read(ready[0], &byte, 1) != 1) fail("read");
  }
  say_ready();
  sleep_for_ever();
}

[[noreturn]] void traced_child() {
  const pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);
    raise(SIGUSR1);  // Stops for its tracer, which never lets it go on.
    _exit(0);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) {
    fail("ptrace");
  }
  say_ready();
  sleep_for_ever();
}

/// Everything that a megabyte count on the command line asks for, touched.
[[noreturn]] void much_memory(std::size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail("mmap");
  std::memset(memory, 1, bytes);
  say_ready();
  sleep_for_ever();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view kind = argc > 1 ? argv[1] : "";
  if (kind == "ignore") ignore_signals();
  if (kind == "bomb") fork_bomb();
  if (kind == "stop") stopped_child();
  if (kind == "vfork") vfork_parent();
  if (kind == "daemons") daemons();
  if (kind == "traced") traced_child();
  if (kind == "memory") {
    much_memory(kMiB * std::strtoul(argc > 2 ? argv[2] : "64", nullptr, 10));
  }
  std::fputs(
      "usage: bulkhead-hostile ignore|bomb|stop|vfork|daemons|traced|memory "
      "[MIB]\n",
      stderr);
  return 2;
}
