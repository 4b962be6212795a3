// What every benchmark works with, inside the crash box: the workload's root,
// the pipe of its records, the clock, the options.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "bench/model.h"
#include "bench/peers.h"
#include "bench/records.h"
#include "bench/stamp.h"
#include "runtime/host/host.h"
#include "runtime/spec/presets.h"
#include "verify/box.h"

namespace bulkhead::bench {

/// How much is measured.
struct Effort {
  int rounds = 100;
  int gap_us = 10000;  ///< Between samples; see Ground::leave_gap().
  std::uint64_t seed = 1;
  bool quick = false;  ///< Only that everything runs: a few rounds.
};

class Ground {
 public:
  /// Makes the tree in the box. `self_exe` is the program under test.
  [[nodiscard]] static Result<Ground> make(const verify::BoxFacts& box,
                                           Effort effort, std::string self_exe);

  const verify::BoxFacts* box = nullptr;
  Effort effort;
  std::string self_exe;
  std::string directory;  ///< Everything of the benchmarks' own.
  std::string rootfs;     ///< A root with nothing in it but the workload…
  std::string workload;   ///< …which is here, seen from the box.
  /// Whether that root can be mounted through id maps; else it belongs to the
  /// container's root.
  bool takes_id_maps = true;
  Records records;
  Host host;
  double counts_per_us = 1;
  std::mt19937_64 random;
  std::function<void(const std::string&)> progress;
  std::vector<OtherPeer> other_peers;
  std::vector<Absent> absent;  ///< Filled by the groups.

  /// Microseconds between two stamps.
  [[nodiscard]] double us(std::uint64_t from, std::uint64_t to) const;

  /// The hardened preset around the workload. `name` is its cgroup's, unique
  /// among containers that live at the same time.
  [[nodiscard]] Spec hardened(const std::string& name) const;
  /// The same of another preset.
  [[nodiscard]] Spec spec_of(Preset preset, const std::string& name) const;

  /// Lets other work settle: the gap between two samples. Part of the design
  /// of the measurement, not a synchronisation. The kernel takes apart what a
  /// container had for some milliseconds after its end (RCU, the work queue of
  /// network namespaces), and whatever starts meanwhile pays for it.
  void leave_gap() const;
};

/// The path of the workload inside its root.
inline constexpr const char* kWorkloadInside = "/workload";

/// The bytes of the workload.
[[nodiscard]] std::string_view workload_bytes();

}  // namespace bulkhead::bench
