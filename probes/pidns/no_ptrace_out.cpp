// Tracing and reading the memory of a process outside. The canary has no
// capabilities and allows every tracer, so that only its being elsewhere, or
// belonging to somebody else, can protect it.
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <array>
#include <cstring>

#include "probes/support/canary.h"
#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::pidns_no_ptrace_out {
namespace {

// In the canary, a copy of the harness, the nonce lies at this address.
std::array<char, 33> g_secret{};

Observation read_memory(Inside& inside, pid_t pid) {
  const auto address = number(inside.planted("address"));
  if (!address) return broken("no planted address");
  std::array<char, 33> copy{};
  iovec local{copy.data(), copy.size()};
  // The number is an address in the canary, never one of this process.
  iovec remote{nullptr, copy.size()};
  static_assert(sizeof remote.iov_base == sizeof *address);
  std::memcpy(&remote.iov_base, &*address, sizeof remote.iov_base);
  const Called read =
      call(SYS_process_vm_readv, pid, &local, 1UL, &remote, 1UL, 0UL);
  return observe(read, {EFAULT}, "process_vm_readv(canary)");
}

Observation attempt(Inside& inside) {
  const auto planted = number(inside.planted("pid"));
  if (!planted) return broken("no planted pid");
  const auto pid = static_cast<pid_t>(*planted);
  Tally tally;
  tally.add("process_vm_readv", read_memory(inside, pid));
  // The tracer is a child: its end detaches whatever it got.
  tally.add("ptrace", in_child([pid] {
              const Called seized = call(
                  SYS_ptrace, static_cast<long>(PTRACE_SEIZE), pid, 0L, 0L);
              return observe(seized, {}, "PTRACE_SEIZE");
            }));
  return tally.result();
}

Observation witness(Inside&) {
  const pid_t child = fork_bound();
  if (child < 0) return broken("fork: " + errno_name(errno));
  if (child == 0) {
    while (true) pause();
  }
  const Called killed = called(kill(child, SIGTERM));
  const int status = wait_for(child);
  const bool ended = WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;
  return killed.ok() && ended ? works("own child signalled and reaped")
                              : broken("own child does not obey");
}

bool plant(Outside& outside) {
  const std::string nonce = outside.nonce();
  outside.tell("address",
               std::to_string(reinterpret_cast<std::uintptr_t>(&g_secret)));
  return start_canary(outside, [nonce] {
    std::memcpy(g_secret.data(), nonce.data(),
                std::min(nonce.size(), g_secret.size() - 1));
    return true;
  });
}

const Register kProbe{{
    .id = "pidns/no-ptrace-out",
    .claim = "A process outside can neither be traced nor its memory read.",
    .watches = {"pidns", "userns", "seccomp", "landlock"},
    .references = {"ptrace(2)", "process_vm_readv(2)", "CVE-2016-9962"},
    .remedy = "Ask for new pid and user namespaces; deny ptrace and "
              "process_vm_readv where nobody debugs.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = stop_canary,
}};

}  // namespace
}  // namespace bulkhead::probes::pidns_no_ptrace_out
