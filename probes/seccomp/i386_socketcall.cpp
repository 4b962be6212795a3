// socket(2) of a denied family with a type that no family has: EINVAL comes
// before any module is loaded.
#include <sys/mman.h>
#include <sys/socket.h>

#include "probes/support/child.h"
#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_i386_socketcall {
namespace {

constexpr long kSocketcall = 102;
constexpr long kSocket = 1;
constexpr int kNoType = 15;

Observation ask() {
  // The i386 entry takes 32-bit pointers.
  void* low = mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (low == MAP_FAILED) return broken("mmap: " + errno_name(errno));
  auto* words = static_cast<int*>(low);
  words[0] = AF_VSOCK;
  words[1] = kNoType;
  words[2] = 0;
  return observe(call_i386(kSocketcall, kSocket, reinterpret_cast<long>(low)),
                 {EINVAL}, "socketcall(socket, AF_VSOCK)");
}

Observation attempt(Inside&) { return in_child(ask, no_i386); }

const Register kProbe{{
    .id = "seccomp/i386-socketcall",
    .claim = "A multiplexed call leads to no socket family that is denied.",
    .watches = {"seccomp"},
    .references = {"socketcall(2)", "seccomp(2)", "moby profiles 3c28324"},
    .remedy = "Deny the i386 entry: a filter cannot look behind socketcall's "
              "pointer.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_i386_socketcall
