#include "probes/support/filter.h"

#include <pthread.h>
#include <signal.h>

#include <ctime>

#include "probes/support/child.h"

namespace bulkhead::probes {

Observation ordinary_calls() {
  timespec time{};
  if (clock_gettime(CLOCK_MONOTONIC, &time) != 0) {
    return broken("clock_gettime: " + errno_name(errno));
  }
  const pid_t child = fork_bound();
  if (child < 0) return broken("fork: " + errno_name(errno));
  if (child == 0) _exit(0);
  return wait_for(child) == 0 ? works("fork, wait and clock_gettime")
                              : broken("a child that ends does not end well");
}

Observation threads_work() {
  pthread_t thread{};
  const auto body = [](void* given) -> void* { return given; };
  int value = 7;
  const int error = pthread_create(&thread, nullptr, body, &value);
  if (error != 0) return broken("pthread_create: " + errno_name(error));
  void* got = nullptr;
  pthread_join(thread, &got);
  return got == &value ? works("a thread ran") : broken("a thread was lost");
}

Called call_i386(long number, long first, long second, long third) {
#ifdef __x86_64__
  long value = 0;
  // The 32-bit entry does not keep r8 to r11.
  asm volatile("int $0x80"
               : "=a"(value)
               : "a"(number), "b"(first), "c"(second), "d"(third)
               : "r8", "r9", "r10", "r11", "cc", "memory");
  const int result = static_cast<int>(value);
  if (result < 0 && result >= -4095) return {-1, -result};
  return {result, 0};
#else
  static_cast<void>(first + second + third + number);
  return {-1, ENOSYS};
#endif
}

Observation no_i386(int signal) {
  if (signal == SIGSYS) return {Outcome::kRefused, 0, SIGSYS, "SIGSYS"};
  if (signal == SIGSEGV) return absent("this kernel has no i386 entry");
  return broken("killed by signal " + std::to_string(signal));
}

Observation observe_rows(std::initializer_list<Row> rows) {
  Tally tally;
  for (const Row& row : rows) {
    tally.add(row.name, in_child([&row] {
                return observe(row.make(), row.past, row.name);
              }));
  }
  return tally.result();
}

}  // namespace bulkhead::probes
