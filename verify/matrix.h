// The two matrices that prove the suite itself. Kill: for every step of the
// plan, the probes that notice when it is left out. Depth: for every probe, the
// boundaries that contain it alone.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "verify/boxed.h"
#include "verify/lab.h"

namespace bulkhead::verify {

/// One step of the plan, left out.
struct KillRow {
  std::string step;
  std::string boundary;
  /// The step whose read-back refused the start.
  std::string refused_at;
  /// The first step that could not be done without this one: the start ends
  /// there, which says nothing of what a container without it would let
  /// through.
  std::string needed_by;
  std::vector<std::string> noticed_by;  ///< Probes, with no read-back either.
  std::string spec;    ///< The boundaries that were on: nothing covers.
  std::string exempt;  ///< Why nobody can notice; empty: somebody must.
  /// Steps that had to be left out too, for a probe to be started at all.
  std::vector<std::string> beside;
  std::vector<std::string> saw;  ///< Steps whose absence this one refused.

  [[nodiscard]] bool noticed() const {
    return !refused_at.empty() || !noticed_by.empty() || !saw.empty();
  }
  /// Nothing starts without it, and so nothing less confined does.
  [[nodiscard]] bool only_needed() const {
    return !noticed() && !needed_by.empty();
  }
};

/// One probe against all steps.
struct TurnRow {
  std::string probe;
  std::vector<std::string> steps;  ///< Whose absence turns it.
  std::string exempt;              ///< This kernel lacks the feature.
};

struct KillMatrix {
  std::vector<KillRow> steps;
  std::vector<TurnRow> probes;

  /// Every step noticed or needed, and every probe turned, but for the exempt.
  [[nodiscard]] bool whole() const;
};

/// Meaningless where lab.trouble() says so afterwards. `step_globs`: the steps
/// to be left out; empty: all.
[[nodiscard]] KillMatrix make_kill_matrix(
    Lab& lab, const ProbeList& probes,
    const std::vector<std::string>& step_globs);

struct DepthRow {
  std::string probe;
  std::vector<std::string> watches;
  std::vector<std::string> alone;  ///< Boundaries that contain it alone.
  bool blind = false;              ///< No answer with everything out.
  std::string exempt;              ///< Why depth means nothing for it here.
};

struct DepthMatrix {
  std::vector<DepthRow> probes;
};

/// Only a boundary that a probe watches can contain it alone: its control is
/// seen to escape with all others on.
/// Meaningless where lab.trouble() says so afterwards.
[[nodiscard]] DepthMatrix make_depth_matrix(Lab& lab, const ProbeList& probes);

[[nodiscard]] nlohmann::json to_json(const KillMatrix& matrix);
[[nodiscard]] nlohmann::json to_json(const DepthMatrix& matrix);
/// From the documents of to_json().
[[nodiscard]] std::string kill_to_terminal(const nlohmann::json& matrix);
[[nodiscard]] std::string depth_to_terminal(const nlohmann::json& matrix);

struct MatrixOptions {
  std::string which;                     ///< "kill" or "depth"
  std::vector<std::string> probe_globs;  ///< Empty: all.
  std::vector<std::string> step_globs;   ///< kill: empty: all.
  std::string format = "tty";            ///< "tty" or "json"
  std::string json_file;                 ///< The JSON document, besides.
  bool live = false;
  std::string self_exe;
  std::span<const std::byte> probe_binary;
};

/// Results on stdout. 0; 1: a step that nobody notices or a probe that no
/// step's absence turns (kill), a probe without an answer (depth); 2
/// interrupted, 3 infrastructure, 5 no probe selected.
[[nodiscard]] int matrix_main(const MatrixOptions& options);

}  // namespace bulkhead::verify
