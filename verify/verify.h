// `bulkhead verify`: tries, from inside a container of each subject, whether
// it holds, and says so only where the same try was seen to get through
// without the boundary.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace bulkhead::verify {

struct VerifyOptions {
  /// Names, paths or templates (subject.h); empty: bulkhead.
  std::vector<std::string> subjects;
  /// Probes whose id matches any; empty: all.
  std::vector<std::string> probe_globs;
  /// Probes of any of these boundaries; empty: all.
  std::vector<std::string> boundaries;
  /// Probes that refer to any of these CVEs; empty: all.
  std::vector<std::string> cves;
  std::string format = "tty";  ///< On stdout; one of format_names().
  /// Besides `format`, each "FORMAT=FILE".
  std::vector<std::string> reports;
  std::string baseline_file;  ///< Waivers (baseline.h).
  bool color = false;         ///< The caller has looked at NO_COLOR.
  bool progress = false;      ///< A live line on stderr.
  std::string self_exe;       ///< What the subject "bulkhead" is.
  std::span<const std::byte> probe_binary;  ///< bulkhead-probe's bytes.
  /// Boundaries taken out of the spec before every subject gets it: what it
  /// loses must show as escaped. The controls do not change.
  std::vector<std::string> extra_without;
  /// The system-call surface (syscalls.h) in place of the probes.
  bool syscalls = false;
  /// Whether the subjects fail closed (faults/faults.h) in place of the probes.
  bool faults = false;
  std::size_t fault_sample = 0;  ///< So many faults of each subject; 0: all.
  unsigned long fault_seed = 1;  ///< Which.
  std::vector<std::string> fault_globs;  ///< Only these; empty: all.
  /// Find out, too, which boundaries contain each probe alone (matrix.h).
  bool depth = false;
  /// A directory with a config.json of the user's own: what it asks for must
  /// hold, what it leaves open is said to be. Empty: the spec under test.
  std::string bundle;
  /// Who runs the controls.
  std::string control_subject = "bulkhead";
};

/// Runs the whole verification. Results go to stdout, progress and complaints
/// to stderr. Returns 0 all contained or waived, 1 an escape, 2 interrupted,
/// 3 inconclusive or infrastructure, 4 usage, 5 nothing selected; what a
/// bundle leaves open fails nobody; several
/// subjects: the worst, in the order 2, 3, 1, 0. The caller must be
/// single-threaded.
[[nodiscard]] int verify_main(const VerifyOptions& options);

}  // namespace bulkhead::verify
