// The workload of every benchmark: a static program without libc, so that its
// own start does not hide the runtime's. Its first instruction takes the stamp;
// then it says how it was confined, and ends.
#include <linux/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "bench/record.h"

namespace {

using bulkhead::bench::kRecordMagic;
using bulkhead::bench::kStay;
using bulkhead::bench::Record;

#if defined(__x86_64__)
asm(".globl _start\n"
    "_start:\n"
    "  rdtsc\n"
    "  shl $32, %rdx\n"
    "  or %rdx, %rax\n"
    "  mov %rax, %rdi\n"
    "  mov %rsp, %rsi\n"
    "  xor %ebp, %ebp\n"
    "  and $-16, %rsp\n"
    "  call workload_main\n"
    "  hlt\n");

long call(long number, long a = 0, long b = 0, long c = 0, long d = 0,
          long e = 0) {
  long result = 0;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
               : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
asm(".globl _start\n"
    "_start:\n"
    "  mrs x0, cntvct_el0\n"
    "  mov x1, sp\n"
    "  mov x29, xzr\n"
    "  bl workload_main\n");

long call(long number, long a = 0, long b = 0, long c = 0, long d = 0,
          long e = 0) {
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  register long x3 asm("x3") = d;
  register long x4 asm("x4") = e;
  asm volatile("svc 0"
               : "+r"(x0)
               : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
               : "memory");
  return x0;
}
#else
#error "bench/workload.cpp knows x86_64 and aarch64"
#endif

long address(const void* pointer) { return reinterpret_cast<long>(pointer); }

/// capget(2), version 3. libc has no header of its own for it.
std::uint64_t effective_capabilities() {
  struct Header {
    std::uint32_t version;
    std::int32_t pid;
  };
  struct Data {
    std::uint32_t effective;
    std::uint32_t permitted;
    std::uint32_t inheritable;
  };
  volatile Header header = {0x20080522, 0};
  volatile Data data[2] = {};
  if (call(SYS_capget, address(const_cast<Header*>(&header)),
           address(const_cast<Data*>(&data[0]))) != 0) {
    return ~std::uint64_t{0};
  }
  return data[0].effective | static_cast<std::uint64_t>(data[1].effective)
                                 << 32;
}

bool asked_to_stay(const long* stack) {
  if (stack[0] < 2) return false;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): as the kernel left it
  const char* word = reinterpret_cast<const char*>(stack[2]);
  for (unsigned i = 0; i < sizeof kStay; ++i) {
    if (word[i] != kStay[i]) return false;
  }
  return true;
}

}  // namespace

/// `stack` is what the kernel left: argc, then the words.
extern "C" [[noreturn]] void workload_main(std::uint64_t stamp,
                                           const long* stack) {
  volatile Record record;
  record.magic = kRecordMagic;
  record.stamp = stamp;
  record.pid = static_cast<std::int32_t>(call(SYS_getpid));
  record.no_new_privs =
      static_cast<std::int32_t>(call(SYS_prctl, PR_GET_NO_NEW_PRIVS));
  record.seccomp = static_cast<std::int32_t>(call(SYS_prctl, PR_GET_SECCOMP));
  record.uid = static_cast<std::int32_t>(call(SYS_getuid));
  record.capabilities = effective_capabilities();
  utsname names;
  names.nodename[0] = '\0';
  call(SYS_uname, address(&names));
  for (unsigned i = 0; i < sizeof record.hostname; ++i) {
    // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): uname(2) did it
    record.hostname[i] = names.nodename[i];
  }
  const long wrote =
      call(SYS_write, 1, address(const_cast<Record*>(&record)), sizeof record);
  if (asked_to_stay(stack)) {
    // Until SIGKILL: there is nobody else to be woken by.
    for (;;) call(SYS_ppoll);
  }
  for (;;) call(SYS_exit_group, wrote == sizeof record ? 0 : 1);
}
