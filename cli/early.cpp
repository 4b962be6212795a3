// `bulkhead run --pool SOCKET [-- ARGUMENT…]` has a pool do the work; to set up
// libc for it (CPUID, relocations, a heap) takes longer than all else it does.
// So it begins before: the program's entry comes here, asks the pool, waits,
// and ends with the workload's status. Whatever is not the plain way (other
// words, no pool, an error, a signal) is main()'s, which goes on from where
// this has got to (early_pool_socket).
//
// Any other `run` begins here what another CPU can do while libc is set up: the
// try of a time namespace (early_time_try).
//
// Nothing here may need libc: its calls are not yet relocated, and it has no
// thread's memory. CMakeLists.txt links it alone to see that.
#include "cli/early.h"

#include <elf.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "cli/forwarded_signals.h"
#include "cli/pool_wire.h"
#include "runtime/base/rights.h"
#include "runtime/base/syscall.h"
#include "runtime/host/time_try_child.h"

/// Of the linker: the program, and what of its code and constants is late
/// (CMakeLists.txt).
extern "C" {
extern char __executable_start;
[[gnu::weak]] extern char __start_bulkhead_late_text;
[[gnu::weak]] extern char __start_bulkhead_late_rodata;
}

namespace bulkhead::cli {

int early_pool_socket = -1;
pid_t early_time_try = 0;

namespace {

TimeTryChild time_try_child;

/// What says that the namespaces are others than usual. Where one is meant for
/// the workload, no more than time is lost.
constexpr std::string_view kUnusual[] = {"--bundle", "--preset", "--without",
                                         "--userns", "--timens"};

/// More than that is main()'s.
constexpr std::size_t kMostArguments = 32;

std::uint64_t word(int number) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(number));
}

std::uint64_t word(const void* pointer) {
  return reinterpret_cast<std::uint64_t>(pointer);
}

bool starts_with(const char* text, std::string_view start) {
  for (const char c : start) {
    if (*text++ != c) return false;
  }
  return true;
}

bool equal(const char* text, std::string_view other) {
  return starts_with(text, other) && text[other.size()] == '\0';
}

std::size_t length_of(const char* text) {
  std::size_t length = 0;
  while (text[length] != '\0') ++length;
  return length;
}

void close(int fd) { raw_syscall(SYS_close, word(fd)); }

/// A descriptor above the standard ones; -1: there is none.
int kept(std::int64_t made) {
  const int fd = static_cast<int>(made);
  if (fd >= static_cast<int>(kStreams)) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

/// SignalForwarding of main(): a signal that comes in waits for it.
int signals() {
  std::uint64_t set = 0;
  for (const int number : kForwarded) set |= std::uint64_t{1} << (number - 1);
  raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, word(&set), 0, sizeof set);
  return kept(raw_syscall(SYS_signalfd4, word(-1), word(&set), sizeof set,
                          SFD_CLOEXEC));
}

/// -1: nobody listens at `path`, or it is none.
int connect_to(const char* path) {
  sockaddr_un address;
  const std::size_t length = length_of(path);
  if (length == 0 || length >= sizeof address.sun_path) return -1;
  address.sun_family = AF_UNIX;
  for (std::size_t i = 0; i <= length; ++i) address.sun_path[i] = path[i];
  const int fd =
      kept(raw_syscall(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (fd < 0) return -1;
  const std::size_t size = offsetof(sockaddr_un, sun_path) + length + 1;
  if (raw_syscall(SYS_connect, word(fd), word(&address), size) == 0) return fd;
  close(fd);
  return -1;
}

/// Whether it was said: `arguments`, and the streams along with them.
bool ask(int socket, std::span<char* const> arguments) {
  iovec parts[1 + kMostArguments];
  parts[0] = {const_cast<char*>(kAsk.data()), kAsk.size()};
  std::size_t count = 1;
  std::size_t bytes = kAsk.size();
  for (char* argument : arguments) {
    const std::size_t length = length_of(argument) + 1;
    parts[count++] = {argument, length};
    bytes += length;
  }
  if (bytes > kMostAskBytes) return false;
  Rights<kStreams> rights;
  msghdr message;
  message.msg_name = nullptr;
  message.msg_namelen = 0;
  message.msg_iov = parts;
  message.msg_iovlen = count;
  message.msg_flags = 0;
  rights.attach(message, kPassed);
  return raw_syscall(SYS_sendmsg, word(socket), word(&message), MSG_NOSIGNAL) ==
         static_cast<std::int64_t>(bytes);
}

/// The workload's exit status, once it has ended; -1: something else has come,
/// which stays there.
int status_from(int socket, int signal) {
  pollfd polls[] = {{socket, POLLIN, 0}, {signal, POLLIN, 0}};
  if (raw_syscall(SYS_poll, word(polls), 2, word(-1)) < 0) return -1;
  if (polls[1].revents != 0) return -1;
  unsigned char answer[3] = {};
  const std::int64_t length =
      raw_syscall(SYS_recvfrom, word(socket), word(answer), sizeof answer,
                  MSG_PEEK | MSG_DONTWAIT, 0, 0);
  if (length != 2 || answer[0] != kEnded) return -1;
  return answer[1];
}

/// Before 5.14 it is EINVAL, and everything as it was.
void fault_in(std::uint64_t first, std::uint64_t end, std::uint64_t how) {
  constexpr std::uint64_t kPage = 4096;
  first = first / kPage * kPage;
  raw_syscall(SYS_madvise, first, end - first, how);
}

/// Most of the code and constants is needed by `run`, most of the variables by
/// libc, and the stack by both: a call for each, in place of some eighty
/// faults. `stack` is its top.
void fault_in_most(const std::int64_t* stack) {
  const std::uint64_t late = word(&__start_bulkhead_late_text);
  if (late == 0) return;  // There is none, in a program with sanitizers.
  fault_in(word(&__executable_start), late, MADV_POPULATE_READ);
  // Shorter than what the kernel makes of it for any program: 128 KiB.
  constexpr std::uint64_t kUsualStack = std::uint64_t{80} << 10;
  fault_in(word(stack) - kUsualStack, word(stack), MADV_POPULATE_WRITE);
  const auto* const header =
      reinterpret_cast<const Elf64_Ehdr*>(&__executable_start);
  const auto* const segments = reinterpret_cast<const Elf64_Phdr*>(
      &__executable_start + header->e_phoff);
  const std::uint64_t late_constants = word(&__start_bulkhead_late_rodata);
  for (const Elf64_Phdr& one : std::span(segments, header->e_phnum)) {
    if (one.p_type != PT_LOAD) continue;
    const std::uint64_t first = one.p_vaddr;
    const std::uint64_t end = first + one.p_memsz;
    if ((one.p_flags & PF_W) != 0) {
      fault_in(first, end, MADV_POPULATE_WRITE);
    } else if (first < late_constants && late_constants < end) {
      fault_in(first, late_constants, MADV_POPULATE_READ);
    }
  }
}

/// run.cpp decides whether it is wanted.
void begin_time_try(std::span<char* const> words) {
  for (const char* word : words) {
    for (const std::string_view unusual : kUnusual) {
      if (starts_with(word, unusual)) return;
    }
  }
  early_time_try = static_cast<pid_t>(time_try_child.begin(true));
}

}  // namespace

/// Where the program begins, with what the kernel left on its stack: the number
/// of its words, then the words. Returns for main() to be run.
extern "C" [[gnu::used]] void bulkhead_early(const std::int64_t* stack) {
  const auto count = static_cast<std::size_t>(stack[0]);
  const std::span<char* const> words(reinterpret_cast<char* const*>(stack + 1),
                                     count);
  constexpr std::size_t kSocket = 3;
  constexpr std::size_t kDashes = kSocket + 1;
  if (count < kSocket || !equal(words[1], "run")) return;
  if (!equal(words[2], "--pool")) {
    fault_in_most(stack);
    begin_time_try(words);
    return;
  }
  if (count == kSocket) return;
  if (count > kDashes && !equal(words[kDashes], "--")) return;
  const auto arguments = words.subspan(count > kDashes ? kDashes + 1 : count);
  if (arguments.size() > kMostArguments) return;
  const int signal = signals();
  if (signal < 0) return;
  const int socket = connect_to(words[kSocket]);
  if (socket >= 0 && ask(socket, arguments)) {
    const int status = status_from(socket, signal);
    if (status >= 0) raw_syscall(SYS_exit_group, word(status));
    early_pool_socket = socket;
  } else if (socket >= 0) {
    close(socket);
  }
  close(signal);
}

}  // namespace bulkhead::cli

// The entry: the words as they are, then that of libc as if it were the first.
asm(".globl bulkhead_start\n"
    "bulkhead_start:\n"
    "  mov %rsp, %rbx\n"
    "  mov %rdx, %r12\n"
    "  mov %rsp, %rdi\n"
    "  xor %ebp, %ebp\n"
    "  and $-16, %rsp\n"
    "  call bulkhead_early\n"
    "  mov %rbx, %rsp\n"
    "  mov %r12, %rdx\n"
    "  jmp _start\n");
