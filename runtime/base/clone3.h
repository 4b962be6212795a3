// clone3(2) onto a stack of its own. libc has no wrapper, and its clone() runs
// code of its own in the child.
#pragma once

#include <sys/syscall.h>

#include <cstddef>

namespace bulkhead {

/// clone3 with `size` bytes of `clone_args`, whose stack is not given; the
/// child runs `entry(argument)` below `stack_top`, and must not return from it.
/// The result is the child's pid, or negative errno.
inline long clone3_onto(void* clone_args, std::size_t size, void* stack_top,
                        void (*entry)(void*), void* argument) {
  long result;
  register void* top asm("r8") = stack_top;
  register void (*function)(void*) asm("r9") = entry;
  register void* data asm("r12") = argument;
  asm volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      // Child: only registers are trusted until the stack is set.
      "mov %[top], %%rsp\n\t"
      "and $-16, %%rsp\n\t"
      "xor %%ebp, %%ebp\n\t"
      "mov %[data], %%rdi\n\t"
      "call *%[function]\n\t"
      "hlt\n"
      "1:\n"
      : "=a"(result)
      : "a"(SYS_clone3), "D"(clone_args),
        "S"(size), [top] "r"(top), [function] "r"(function), [data] "r"(data)
      : "rcx", "rdx", "r10", "r11", "memory", "cc");
  return result;
}

}  // namespace bulkhead
