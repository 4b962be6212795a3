// The oracle inside: what came of every number that bulkhead-probe tried in
// the container. The wire is drawn in probes/syscalls.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/frame.h"
#include "verify/bpf_explore.h"

namespace bulkhead::verify {

enum class CallEnd : std::uint8_t {
  kReturned,
  kKilled,
  kEnded,
  kNotTried,
  kLost
};

/// One call, made with `arguments`.
struct SeenCall {
  CallEnd end = CallEnd::kLost;
  int value = 0;  ///< errno (0: success) or signal.
  Arguments arguments{};
};

struct SeenEntry {
  bool absent = false;  ///< The kernel has no such entry.
  std::map<std::uint32_t, SeenCall> calls;
};

struct InsideSweep {
  std::map<std::string, SeenEntry> entries;  ///< By SyscallArch::name.
  bool held = false;  ///< It waited until the harness let it go on.
};

/// The process number that the plan names, once there is a plan. It is the
/// one in the container's own pid namespace.
[[nodiscard]] std::optional<int> announced_pid(std::string_view output,
                                               const probes::FrameKey& key,
                                               const std::string& nonce);

/// Reads `output`. Fails unless the transcript is whole: every entry once,
/// each number that it promised once, nothing from another run.
[[nodiscard]] Result<InsideSweep> read_sweep(std::string_view output,
                                             const probes::FrameKey& key,
                                             const std::string& nonce);

/// "success", "EBADF", "SIGSYS", "SIGILL", "ended", "not tried", "lost".
[[nodiscard]] std::string words_of(const SeenCall& call);

}  // namespace bulkhead::verify
