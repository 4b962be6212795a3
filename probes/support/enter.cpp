#include "probes/support/enter.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace bulkhead::probes {

namespace {

#ifdef __x86_64__

constexpr long kX32Bit = 0x40000000;

[[gnu::always_inline]] inline long enter_64(long number,
                                            const CallArguments& with) {
  long value = number;
  register unsigned long fourth asm("r10") = with[3];
  register unsigned long fifth asm("r8") = with[4];
  register unsigned long sixth asm("r9") = with[5];
  asm volatile("syscall"
               : "+a"(value)
               : "D"(with[0]), "S"(with[1]), "d"(with[2]), "r"(fourth),
                 "r"(fifth), "r"(sixth)
               : "rcx", "r11", "cc", "memory");
  return value;
}

[[gnu::always_inline]] inline long enter_32(long number,
                                            const CallArguments& with) {
  long value = number;
  unsigned long sixth = with[5];
  // rbp carries the sixth argument and may be the frame pointer; no push, for
  // the red zone below the stack pointer is in use. The 32-bit entry does not
  // keep r8 to r11.
  asm volatile(
      "xchg %%rbp, %[sixth]\n\t"
      "int $0x80\n\t"
      "xchg %%rbp, %[sixth]"
      : "+a"(value), [sixth] "+&r"(sixth)
      : "b"(with[0]), "c"(with[1]), "d"(with[2]), "S"(with[3]), "D"(with[4])
      : "r8", "r9", "r10", "r11", "cc", "memory");
  return static_cast<int>(value);
}

#endif

}  // namespace

long enter(Entry entry, long number, const CallArguments& arguments,
           bool forks) {
#ifdef __x86_64__
  const CallArguments none{};
  const long value =
      entry == Entry::kI386
          ? enter_32(number, arguments)
          : enter_64(entry == Entry::kX32 ? number | kX32Bit : number,
                     arguments);
  // After vfork the parent's stack is in use: straight to the end.
  if (forks && value == 0) enter_64(SYS_exit_group, none);
  return value;
#else
  static_cast<void>(forks);
  if (entry != Entry::kNative) return -ENOSYS;
  const long value = syscall(number, arguments[0], arguments[1], arguments[2],
                             arguments[3], arguments[4], arguments[5]);
  return value == -1 ? -errno : value;
#endif
}

}  // namespace bulkhead::probes
