// For a caller that starts many containers: plans are compiled once, children
// are kept ready, and what has ended is taken apart off the caller's path.
//
//   spec ──add()──▶ program ──start()──▶ Container ──wait()──▶ Exit
//                      │ pool: children that wait,       │ cgroup removed by
//                      └ each started once               └ a worker; drain()
//
// Nothing is used twice: a child that waits has namespaces, a cgroup, a network
// and mounts that no other container had or will have. Each boundary is set and
// read back exactly as in start(); only when differs.
//
// As long as children of a caller that is root wait, its memory is hidden
// (PR_SET_DUMPABLE): they have it too. Where a container's ids may write the
// caller's own file, see protect_own_program() (runtime/parent/own_program.h).
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "runtime/base/result.h"
#include "runtime/host/host.h"
#include "runtime/parent/container.h"
#include "runtime/parent/park_place.h"
#include "runtime/spec/spec.h"

namespace bulkhead {

class LauncherState;

/// How many children of a program wait, and how far they have got.
struct PoolOptions {
  /// 0: each start is made when it is asked for.
  std::size_t size = 0;
  /// kExec: one step before exec, everything set and read back. kTree: with
  /// namespaces, cgroup, network and mounts; what follows, the read-back of
  /// mounts and descriptors included, is done at the start.
  ParkAt depth = ParkAt::kExec;
  /// Those that are used are made again so many at a time, 1 to `size`: while
  /// one is made, starts and ends beside it take longer. It begins a
  /// millisecond after a start, or at once when wait_ready() asks for it.
  std::size_t batch = 1;
};

/// What a Launcher may use.
struct LauncherOptions {
  /// Threads that fill pools and take apart what has ended; at least 1.
  unsigned workers = 1;
  /// Ended containers that may wait for a worker. Beyond them, whoever ends one
  /// takes it apart himself.
  std::size_t teardown_limit = 256;
};

/// A spec that was added to a Launcher.
struct ProgramId {
  std::size_t index = 0;
};

/// A container, and how it came to be.
struct Launched {
  Container container;
  /// How far it was ready; kNowhere: it was made from nothing.
  ParkAt from = ParkAt::kNowhere;
  /// Why it was not as ready as asked for; empty: it was, or the pool was
  /// merely empty.
  std::string note;
};

/// What there is at this moment.
struct LauncherCounts {
  std::size_t ready = 0;  ///< Children that wait.
  std::size_t in_making = 0;
  std::size_t ending = 0;  ///< Ended, and not yet taken apart.
};

/// Safe to use from several threads.
///
/// What a child inherits from a thread rather than from the process (priority,
/// CPUs, capabilities, keyring, mount namespace) a ready child has from the
/// thread that made the Launcher. A container that was made from nothing ends
/// with the thread that asked for it, as with start(); a ready one ends when
/// the Launcher and the last of its containers are gone.
///
/// Children that wait share the caller's memory until exec: as long as there
/// are any, the process cannot enter a new user or time namespace, and they end
/// with it.
class Launcher {
 public:
  /// Looks at the host and starts the workers.
  [[nodiscard]] static Result<Launcher> make(
      const LauncherOptions& options = {});
  Launcher(Launcher&&) noexcept = default;
  Launcher& operator=(Launcher&&) = delete;
  Launcher(const Launcher&) = delete;
  Launcher& operator=(const Launcher&) = delete;
  /// Ends the children that wait. The last of the Launcher and its containers
  /// waits until everything is taken apart.
  ~Launcher();

  /// Compiles `spec` and begins to fill its pool. A cgroup gets the name of the
  /// spec's with a number after it; the directories above it must exist. An
  /// error is that of make_plan(), or tells of a batch that `pool` cannot have.
  [[nodiscard]] Result<ProgramId> add(Spec spec, const PoolOptions& pool = {});

  /// A container of the program: a ready one, else one made from nothing.
  [[nodiscard]] Result<Launched> start(ProgramId program,
                                       const StartRequest& request = {});

  /// Waits until the pool of `program` is full. An error says why it cannot be
  /// filled, or is not filled as deep as asked for.
  [[nodiscard]] Status wait_ready(ProgramId program);

  /// Ends the children that wait, and waits until all that has ended is taken
  /// apart. An error names what is left. Pools are filled again from the next
  /// start() on.
  [[nodiscard]] Status drain();

  [[nodiscard]] LauncherCounts counts() const;
  /// The compiled plan: its steps, and what it does without.
  [[nodiscard]] const Plan& plan(ProgramId program) const;

 private:
  explicit Launcher(std::shared_ptr<LauncherState> state);
  std::shared_ptr<LauncherState> state_;
};

}  // namespace bulkhead
