// What runs after clone: a flat array of calls, every byte pre-rendered. Plain
// data only, so that the side after clone needs no constructor, allocator or
// libc to walk it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace bulkhead {

/// How one argument of a system call is found when the call is made.
struct Argument {
  enum class Kind : std::uint8_t {
    kValue,    ///< `value` itself, or a pointer into the plan.
    kSlot,     ///< The number kept in slots[value], mostly a descriptor.
    kScratch,  ///< Address of scratch + value.
  };
  Kind kind = Kind::kValue;
  std::uint64_t value = 0;
};

/// What is done with a call, or instead of one.
enum class Op : std::uint8_t {
  kSyscall,         ///< A negative result that is not tolerated is a failure.
  kExpectValue,     ///< …and the result must be `expected`.
  kExpectSlot,      ///< …and the result must be slots[expected].
  kReadFile,        ///< openat(args[0], args[1]), read all into scratch, close.
  kFillScratch,     ///< scratch = `bytes`, then the 32 bits of args[0].
  kScratchEquals,   ///< scratch starts with `bytes`.
  kScratchDiffers,  ///< scratch does not start with `bytes`.
  kScratchHasLine,  ///< one whole line of scratch is `bytes`.
  kScratchHasWords,  ///< scratch starts with the words of `bytes`.
  kDoneIfLine,       ///< …and if so, the rest of this step is not needed.
  kMountTable,       ///< /proc/self/mountinfo holds exactly `mounts`.
  kDescriptors,      ///< every descriptor above 2 is close-on-exec, by
                     ///< args[1] ("self/fd") below /proc, args[0].
  kCloseAbove,       ///< close what is above all that the start has opened:
                     ///< slots[args[0]] up to slots[expected], and `highest`.
  kSetCloseOnExec,   ///< make them so (before CLOSE_RANGE_CLOEXEC, 5.11).
  kIdmap,            ///< the mount args[0] takes the ids of the user
                     ///< namespace args[1].
  kAwaitParent,      ///< sleep until the parent has done its part.
  kExec,             ///< kSyscall, after telling the parent that exec is next.
};

/// What a tolerated errno leads to.
enum class OnTolerated : std::uint8_t {
  kNextCall,  ///< Go on as if it had worked.
  kNextStep,  ///< The rest of this step is not needed.
};

/// A mount that the plan made, as /proc/self/mountinfo must show it.
struct ExpectedMount {
  const char* destination;  ///< Escaped as in mountinfo(5).
  const char* type;         ///< File system type; nullptr: any.
  bool read_only;
  bool nosuid;
  bool nodev;
  bool noexec;
  bool subtree;   ///< Mounts below it are its own and are not listed.
  bool optional;  ///< May be missing (a masked path this kernel lacks).
  /// What must be among the file system's own options, with commas between;
  /// nullptr: any will do.
  const char* options = nullptr;
  /// Of an optional one its path, unescaped: where something is there, the
  /// mount may not be missing.
  const char* path = nullptr;
};

/// One line of the flat plan.
struct Call {
  Op op = Op::kSyscall;
  OnTolerated on_tolerated = OnTolerated::kNextCall;
  std::int16_t result_slot = -1;  ///< Where the result is kept; -1 nowhere.
  std::uint16_t step = 0;         ///< Index into Plan::steps.
  std::uint16_t number_in_step = 0;
  std::int32_t tolerated[2] = {0, 0};  ///< errnos that are no failure.
  std::int64_t number = -1;            ///< System call number.
  Argument args[6];
  std::int64_t expected = 0;    ///< kExpect…; kScratch…: offset in scratch.
  bool suffixed = false;        ///< kScratchHasLine: cgroup_suffix follows.
  const char* bytes = nullptr;  ///< kScratch…
  std::uint32_t bytes_length = 0;
  const ExpectedMount* mounts = nullptr;  ///< kMountTable.
  std::uint32_t mounts_length = 0;
};

inline constexpr std::size_t kSlots = 2048;
inline constexpr std::size_t kScratchBytes = 16384;
inline constexpr std::size_t kMaxSteps = 1024;
inline constexpr std::size_t kSuffixBytes = 32;
/// Standard streams: the descriptors that a start may hand over.
inline constexpr int kStreams = 3;

/// Why the side after clone gave up.
enum class FailureKind : std::uint8_t {
  kNone,
  kErrno,     ///< A call failed with `error`.
  kMismatch,  ///< The kernel shows something other than the plan asked for.
  kHandover,  ///< A parked child was not handed what its start is to use.
};

struct Failure {
  FailureKind kind;
  std::uint16_t step;
  std::uint16_t number_in_step;
  std::int32_t error;
};

/// The page both sides see. Protocol:
///
///   parent                          child
///   clone3 ─────────────────────▶   steps…
///   write id maps, limits, nodes    a network namespace, await_parent
///   go = 1, wake ───────────────▶   steps…, read-back
///                                   reached_exec = 1
///   woken by exec or exit ◀──────   execve
///
/// A parked child stops on the way, with nothing of the caller's left open:
///
///   parent                          child
///   clone3 ─────────────────────▶   close what is not in `keep`; steps…
///   wait ◀───────────────────────   one byte over the socket
///     (in a pool, for as long as it takes)
///   argv, envp; streams ────────▶   recvmsg, dup3; steps…, execve
///
/// Started = reached_exec and no failure and the kernel let go of the memory
/// (exec). A child that died before shows reached_exec == 0.
struct SharedState {
  std::atomic<std::uint32_t> go;
  std::atomic<std::uint32_t> reached_exec;
  std::atomic<std::uint32_t> child_tid;  ///< CLONE_CHILD_CLEARTID
  Failure failure;
  std::uint64_t argv;  ///< Of this start; 0: the plan's.
  std::uint64_t envp;  ///< Of this start; 0: the plan's.
  /// Descriptors that become 0, 1 and 2 of a child that is not parked; -1: the
  /// caller's own. None of them is below 3.
  std::int32_t streams[kStreams];
  /// The highest of the descriptors that the parent keeps in no slot.
  std::int32_t highest;
  /// What ends the name of the container's cgroup, after the plan's.
  char cgroup_suffix[kSuffixBytes];
  std::int64_t slots[kSlots];
  std::uint64_t stamps[kMaxSteps];  ///< TSC when a step ended; 0 not run.
  /// What a parked child keeps open above 2, in rising order.
  std::int32_t keep[kSlots + kStreams];
  std::int32_t keep_length;
  char scratch[kScratchBytes];
};

}  // namespace bulkhead
