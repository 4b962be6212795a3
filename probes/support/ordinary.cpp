#include "probes/support/ordinary.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

#include <array>
#include <ctime>

#include "probes/support/child.h"
#include "probes/support/try.h"

namespace bulkhead::probes {

namespace {

Observation failed(const char* what) {
  return broken(std::string(what) + ": " + errno_name(errno));
}

// A condition that two threads pass to and fro.
struct Meeting {
  pthread_mutex_t lock;
  pthread_cond_t turned;
  int turn = 0;
};

void pass(Meeting& meeting, int from, int to) {
  pthread_mutex_lock(&meeting.lock);
  while (meeting.turn != from) {
    pthread_cond_wait(&meeting.turned, &meeting.lock);
  }
  meeting.turn = to;
  pthread_cond_broadcast(&meeting.turned);
  pthread_mutex_unlock(&meeting.lock);
}

bool meet(int shared) {
  Meeting meeting;
  pthread_mutexattr_t mutex{};
  pthread_condattr_t condition{};
  pthread_mutexattr_init(&mutex);
  pthread_condattr_init(&condition);
  pthread_mutexattr_setpshared(&mutex, shared);
  pthread_condattr_setpshared(&condition, shared);
  pthread_mutex_init(&meeting.lock, &mutex);
  pthread_cond_init(&meeting.turned, &condition);
  pthread_t thread{};
  const auto answer = [](void* given) -> void* {
    pass(*static_cast<Meeting*>(given), 1, 2);
    return nullptr;
  };
  if (pthread_create(&thread, nullptr, answer, &meeting) != 0) return false;
  pass(meeting, 0, 1);
  pass(meeting, 2, 3);
  pthread_join(thread, nullptr);
  return meeting.turn == 3;
}

}  // namespace

Observation files_work() {
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  char byte = 'x';
  if (null < 0 || write(null, &byte, 1) != 1 || read(null, &byte, 1) != 0) {
    return failed("/dev/null");
  }
  winsize size{};
  // No terminal, so ENOTTY; a filter would say something else.
  if (ioctl(null, TIOCGWINSZ, &size) == 0 || errno != ENOTTY) {
    return failed("TIOCGWINSZ");
  }
  close(null);
  std::array<int, 2> ends{};
  int waiting = 0;
  if (pipe2(ends.data(), O_CLOEXEC) != 0 || write(ends[1], "abc", 3) != 3 ||
      ioctl(ends[0], FIONREAD, &waiting) != 0 || waiting != 3) {
    return failed("FIONREAD");
  }
  struct statx status {};
  if (statx(AT_FDCWD, "/", 0, STATX_BASIC_STATS, &status) != 0 ||
      faccessat(AT_FDCWD, "/", X_OK, AT_EACCESS) != 0) {
    return failed("statx, faccessat");
  }
  return getrandom(&byte, 1, 0) == 1
             ? works("/dev/null, FIONREAD, TIOCGWINSZ, statx, getrandom")
             : failed("getrandom");
}

Observation resolver_works() {
  const int handle =
      socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (handle < 0) return failed("socket");
  const int on = 1;
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(53);
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof server;
  if (setsockopt(handle, IPPROTO_IP, IP_RECVERR, &on, sizeof on) != 0) {
    return failed("IP_RECVERR");
  }
  const auto* address = reinterpret_cast<const sockaddr*>(&server);
  // A loopback that is down is not a resolver's business.
  if (connect(handle, address, length) != 0 && errno != ENETUNREACH) {
    return failed("connect");
  }
  if (getsockname(handle, reinterpret_cast<sockaddr*>(&server), &length) != 0) {
    return failed("getsockname");
  }
  pollfd polled{handle, POLLOUT, 0};
  const bool ready = poll(&polled, 1, 1000) == 1;
  close(handle);
  return ready ? works("a UDP socket, connected and polled") : failed("poll");
}

Observation futexes_work() {
  if (!meet(PTHREAD_PROCESS_PRIVATE)) return broken("private futexes");
  return meet(PTHREAD_PROCESS_SHARED) ? works("two threads woke each other")
                                      : broken("shared futexes");
}

Observation spawning_works() {
  std::string program = "/proc/self/exe";
  std::string word = "ids";
  std::array<char*, 3> words{program.data(), word.data(), nullptr};
  std::array<char*, 1> none{nullptr};
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
                                   O_WRONLY, 0);
  pid_t child = -1;
  const int error = posix_spawn(&child, program.c_str(), &actions, nullptr,
                                words.data(), none.data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return broken("posix_spawn: " + errno_name(error));
  return wait_for(child) == 0 ? works("posix_spawn of this program")
                              : broken("the program did not end well");
}

Observation timers_work() {
  const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  if (timer < 0) return failed("timerfd_create");
  itimerspec soon{};
  soon.it_value.tv_nsec = 1;
  std::uint64_t ticks = 0;
  const bool rang = timerfd_settime(timer, 0, &soon, nullptr) == 0 &&
                    read(timer, &ticks, sizeof ticks) == sizeof ticks;
  if (!rang) return failed("timerfd_settime, read");
  close(timer);
  const timespec moment{0, 1};
  if (clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, nullptr) != 0) {
    return broken("clock_nanosleep");
  }
  timespec now{};
  return clock_gettime(CLOCK_REALTIME, &now) == 0
             ? works("clock_gettime, clock_nanosleep, timerfd")
             : failed("clock_gettime");
}

Observation memory_works() {
  constexpr std::size_t kPage = 4096;
  const int file = memfd_create("own", MFD_CLOEXEC);
  if (file < 0 || ftruncate(file, kPage) != 0) return failed("memfd_create");
  void* at = mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (at == MAP_FAILED) return failed("mmap");
  *static_cast<volatile char*>(at) = 1;
  const bool usable = mprotect(at, kPage, PROT_READ) == 0 &&
                      madvise(at, kPage, MADV_WILLNEED) == 0 &&
                      munmap(at, kPage) == 0;
  close(file);
  return usable ? works("memfd, mmap, mprotect, madvise")
                : failed("mprotect, madvise, munmap");
}

}  // namespace bulkhead::probes
