#include "probes/support/sweep.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "probes/support/child.h"
#include "probes/support/enter.h"

namespace bulkhead::probes {

namespace {

// A call that blocks in spite of its arguments has been reached.
constexpr long kSecondsForACall = 2;
constexpr long kMostErrno = 4095;

/// What parent and child share: which call was begun last, and the errno of
/// each that came back.
class SharedAnswers {
 public:
  static constexpr int kNone = -1;

  explicit SharedAnswers(std::size_t calls)
      : bytes_((calls + 1) * sizeof(int)),
        memory_(mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (!*this) return;
    for (std::size_t i = 0; i < calls; ++i) error(i) = kNone;
  }
  SharedAnswers(const SharedAnswers&) = delete;
  SharedAnswers& operator=(const SharedAnswers&) = delete;
  ~SharedAnswers() {
    if (*this) munmap(memory_, bytes_);
  }
  explicit operator bool() const { return memory_ != MAP_FAILED; }
  [[nodiscard]] volatile int& begun() const { return words()[0]; }
  [[nodiscard]] volatile int& error(std::size_t call) const {
    return words()[call + 1];
  }

 private:
  [[nodiscard]] volatile int* words() const {
    return static_cast<volatile int*>(memory_);
  }
  std::size_t bytes_;
  void* memory_;
};

/// The child is to leave no core and no zombie, and to die of its alarm.
void prepare_child() {
  prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{};
  setrlimit(RLIMIT_CORE, &none);
  signal(SIGALRM, SIG_DFL);
  signal(SIGCHLD, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGALRM);
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

bool is_fork(Entry entry, long number) {
  constexpr long kFork386 = 2, kClone386 = 120, kVfork386 = 190;
  constexpr long kClone = 56, kFork = 57, kVfork = 58;
  if (entry == Entry::kI386) {
    return number == kFork386 || number == kClone386 || number == kVfork386;
  }
  return number == kClone || number == kFork || number == kVfork;
}

/// Calls `numbers` from `at` on until one is more than refused.
[[noreturn]] void sound(const SharedAnswers& answers, Entry entry,
                        std::span<const long> numbers, std::size_t at,
                        int sentinel) {
  prepare_child();
  const itimerval alarm{{}, {kSecondsForACall, 0}};
  for (; at < numbers.size(); ++at) {
    const long number = numbers[at];
    if (why_not_tried(entry, number) != nullptr) break;
    setitimer(ITIMER_REAL, &alarm, nullptr);
    answers.begun() = static_cast<int>(at);
    const long value =
        enter(entry, number, poison(entry, number), is_fork(entry, number));
    const bool failed = value < 0 && value >= -kMostErrno;
    const int error = failed ? static_cast<int>(-value) : 0;
    answers.error(at) = error;
    // Whatever else it did to this process must not meet the next call.
    if (error != ENOSYS && (sentinel == 0 || error != sentinel)) break;
  }
  _exit(0);
}

/// The wait status of `child`; whoever else ended meanwhile is reaped.
int reap_until(pid_t child) {
  int status = 0;
  while (true) {
    const pid_t ended = waitpid(-1, &status, 0);
    if (ended == child) return status;
    if (ended < 0 && errno != EINTR) return -1;
  }
}

/// How the call ended with which the child ended.
Sounding last_words(long number, int status) {
  if (status == -1) return {number, Met::kLost, 0};
  if (WIFSIGNALED(status)) return {number, Met::kKilled, WTERMSIG(status)};
  return {number, Met::kEnded, 0};
}

/// What a child that began at `at` has left behind, up to its last call.
std::size_t collect(const SharedAnswers& answers, std::size_t at,
                    std::span<const long> numbers, int status,
                    std::vector<Sounding>& soundings) {
  const auto last = static_cast<std::size_t>(answers.begun());
  for (; at <= last; ++at) {
    const int error = answers.error(at);
    soundings.push_back(error == SharedAnswers::kNone
                            ? last_words(numbers[at], status)
                            : Sounding{numbers[at], Met::kReturned, error});
  }
  return at;
}

}  // namespace

Answer classify(const Sounding& sounding, int sentinel) {
  switch (sounding.met) {
    case Met::kReturned:
      if (sentinel != 0 && sounding.value == sentinel) {
        return Answer::kSentinel;
      }
      return sounding.value == ENOSYS ? Answer::kEnosys : Answer::kReached;
    case Met::kKilled:
      return sounding.value == SIGSYS ? Answer::kKilled : Answer::kReached;
    case Met::kEnded:
      return Answer::kReached;
    case Met::kNotTried:
      return Answer::kNotTried;
    case Met::kLost:
      break;
  }
  return Answer::kUnknown;
}

bool entry_exists(Entry entry) {
  if (entry != Entry::kI386) return true;
#ifdef __x86_64__
  constexpr std::array<long, 1> kGetpid = {20};
  const Sounding met = sweep(entry, kGetpid, 0).front();
  return met.met != Met::kKilled || met.value != SIGSEGV;
#else
  return false;
#endif
}

std::vector<Sounding> sweep(Entry entry, std::span<const long> numbers,
                            int sentinel) {
  std::vector<Sounding> soundings;
  soundings.reserve(numbers.size());
  const SharedAnswers answers(numbers.size());
  for (std::size_t at = 0; at < numbers.size();) {
    const bool skipped = why_not_tried(entry, numbers[at]) != nullptr;
    if (skipped || !answers) {
      soundings.push_back(
          {numbers[at++], skipped ? Met::kNotTried : Met::kLost, 0});
      continue;
    }
    answers.begun() = static_cast<int>(at);
    const pid_t child = fork_bound();
    if (child == 0) sound(answers, entry, numbers, at, sentinel);
    const int status = child < 0 ? -1 : reap_until(child);
    at = collect(answers, at, numbers, status, soundings);
  }
  return soundings;
}

}  // namespace bulkhead::probes
