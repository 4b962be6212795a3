#include <algorithm>
#include <array>
#include <optional>

#include "runtime/plan/plan.h"
#include "verify/leave_out.h"
#include "verify/matrix.h"
#include "verify/refusal.h"
#include "verify/words.h"

namespace bulkhead::verify {
namespace {

/// What shows what no probe claims: who owns the root, the working directory,
/// what happens when the supervisor dies.
constexpr const char* kView = "bulkhead-probe ids";

/// For a probe that held before: the verdict is another now.
bool notices(Held now) {
  return now == Held::kEscaped || now == Held::kOverBlocked;
}

/// Steps of one boundary that hold what another's would, tried in turn; the
/// first, none, is tried alone.
constexpr std::array kCovering = {"", "rootfs.flags:/", "devices.cgroup",
                                  "capabilities.securebits"};

/// So many steps may be found that cannot be done without the one left out.
constexpr std::size_t kMostTries = 16;

class Killer {
 public:
  Killer(Lab& lab, const ProbeList& probes) : lab_(lab), probes_(probes) {}

  KillRow kill(const StepName& step) {
    KillRow row{.step = step.name,
                .boundary = std::string(name_of(step.boundary)),
                .exempt = no_effect(step)};
    if (!row.exempt.empty()) return row;
    for (const BoundarySet& on : sets_around(step.boundary)) {
      try_in(on, step, row);
      if (!row.noticed_by.empty()) return row;
    }
    return row;
  }

  /// For a probe that nothing turned in kill(): with all on but its other
  /// boundaries, or those of sets_around(), the first step that turns it, alone
  /// or beside one of those that cover for others.
  void turn(const probes::Probe& probe, std::vector<KillRow>& rows) {
    for (const char* beside : kCovering) {
      for (KillRow& row : rows) {
        if (row.exempt.empty() && row.step != beside &&
            turns(probe, row, beside)) {
          return;
        }
      }
    }
  }

 private:
  void try_in(const BoundarySet& on, const StepName& step, KillRow& row) {
    const BoundarySet without = all_but(on);
    if (!has_step(lab_.steps(without), step.name)) return;
    if (row.refused_at.empty() && row.needed_by.empty()) {
      note_refusal(on, step, row);
    }
    const auto sabotage = least_that_starts(without, step);
    if (!sabotage) return;
    const ProbeList held = contained(without, step.boundary);
    const HeldByProbe now = lab_.run(*sabotage, held);
    for (const auto& [probe, is] : now) {
      if (notices(is)) row.noticed_by.push_back(probe);
    }
    if (row.noticed_by.empty() &&
        lab_.begin(*sabotage).view != lab_.begin({without, {}}).view) {
      row.noticed_by.emplace_back(kView);
    }
    if (!row.noticed_by.empty()) {
      row.spec = words_of(on);
      row.beside = {sabotage->skip.begin() + 2, sabotage->skip.end()};
    }
  }

  /// With all comparisons in force.
  void note_refusal(const BoundarySet& on, const StepName& step, KillRow& row) {
    const BoundarySet without = all_but(on);
    const Refusal refusal = refusal_of(
        lab_.begin({without, {step.name}}).refusal, lab_.steps(without));
    if (refusal.kind == Refusal::Kind::kReadBack) row.refused_at = refusal.at;
    if (refusal.kind == Refusal::Kind::kNeeded) row.needed_by = refusal.at;
    if (!row.refused_at.empty() || !row.needed_by.empty()) {
      row.spec = words_of(on);
    }
  }

  /// `step` left out, no comparison made, and left out beside it what covers
  /// for it and what cannot be done without it; nothing: it never starts.
  std::optional<Sabotage> least_that_starts(const BoundarySet& without,
                                            const StepName& step) {
    Sabotage sabotage{without, {step.name, kSkipReadback}};
    const std::string twin = twin_of(step.name);
    if (!twin.empty()) sabotage.skip.push_back(twin);
    const std::vector<StepName>& steps = lab_.steps(without);
    if (step.name == kEntersRoot) leave_root_alone(steps, sabotage.skip);
    for (std::size_t tries = 0; tries < kMostTries; ++tries) {
      const Refusal refusal = refusal_of(lab_.begin(sabotage).refusal, steps);
      if (refusal.kind == Refusal::Kind::kNone) return sabotage;
      const bool known = has_step(steps, refusal.at);
      const bool again =
          std::ranges::find(sabotage.skip, refusal.at) != sabotage.skip.end();
      if (refusal.kind != Refusal::Kind::kNeeded || !known || again) return {};
      sabotage.skip.push_back(refusal.at);
      if (refusal.at == kEntersRoot) leave_root_alone(steps, sabotage.skip);
    }
    return {};
  }

  /// The probes that watch `boundary` and hold with `without` taken out.
  ProbeList contained(const BoundarySet& without, Boundary boundary) {
    ProbeList watching;
    for (const probes::Probe* probe : probes_) {
      if (watched_by(*probe).contains(boundary)) watching.push_back(probe);
    }
    const HeldByProbe held = lab_.run({without, {}}, watching);
    std::erase_if(watching, [&](const probes::Probe* probe) {
      return held.at(probe->id) != Held::kContained;
    });
    return watching;
  }

  bool turns(const probes::Probe& probe, KillRow& row,
             const std::string& beside) {
    const BoundarySet watched = watched_by(probe);
    const auto boundary = boundary_named(row.boundary);
    if (!watched.contains(*boundary)) return false;
    BoundarySet others = watched;
    others.erase(*boundary);
    std::vector<BoundarySet> withouts = {others};
    for (const BoundarySet& on : sets_around(*boundary)) {
      withouts.push_back(all_but(on));
    }
    for (const BoundarySet& without : withouts) {
      const std::vector<StepName>& steps = lab_.steps(without);
      Sabotage sabotage{without, {row.step, kSkipReadback}};
      if (!beside.empty()) sabotage.skip.push_back(beside);
      if (!has_step(steps, row.step) ||
          (!beside.empty() && !has_step(steps, beside)) ||
          lab_.run({without, {}}, {&probe}).at(probe.id) != Held::kContained ||
          !notices(lab_.run(sabotage, {&probe}).at(probe.id)) ||
          never_starts(sabotage, steps)) {
        continue;
      }
      row.noticed_by.push_back(probe.id);
      if (row.spec.empty()) row.spec = words_of(all_but(without));
      if (!beside.empty()) row.beside = {beside};
      return true;
    }
    return false;
  }

  /// Then every probe is over-blocked, which is no notice. A plan that has such
  /// a step only for the caller that a probe makes of the harness does start.
  bool never_starts(const Sabotage& sabotage,
                    const std::vector<StepName>& steps) {
    return refusal_of(lab_.begin(sabotage).refusal, steps).kind ==
           Refusal::Kind::kNeeded;
  }

  Lab& lab_;
  const ProbeList& probes_;
};

/// A step that compares is noticed by what it refused.
void credit_read_backs(KillMatrix& matrix) {
  for (KillRow& row : matrix.steps) {
    for (const KillRow& other : matrix.steps) {
      if (other.refused_at == row.step && other.step != row.step) {
        row.saw.push_back(other.step);
      }
    }
  }
}

/// Why no step's absence can turn `probe` here; empty: one must.
std::string not_to_turn(const probes::Probe& probe, Lab& lab) {
  if (probe.by_absence) return "kept out by nothing being done";
  const BoundarySet watched = watched_by(probe);
  return lab.run({watched, {}}, {&probe}).at(probe.id) == Held::kAbsent
             ? "this kernel has no such feature"
             : "";
}

std::vector<TurnRow> turned(const KillMatrix& matrix, const ProbeList& probes,
                            Lab& lab) {
  std::vector<TurnRow> rows;
  for (const probes::Probe* probe : probes) {
    TurnRow row{.probe = probe->id};
    for (const KillRow& step : matrix.steps) {
      if (std::ranges::find(step.noticed_by, probe->id) !=
          step.noticed_by.end()) {
        row.steps.push_back(step.step);
      }
    }
    if (row.steps.empty()) row.exempt = not_to_turn(*probe, lab);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

bool KillMatrix::whole() const {
  return std::ranges::all_of(steps,
                             [](const KillRow& row) {
                               return row.noticed() || row.only_needed() ||
                                      !row.exempt.empty();
                             }) &&
         std::ranges::all_of(probes, [](const TurnRow& row) {
           return !row.steps.empty() || !row.exempt.empty();
         });
}

KillMatrix make_kill_matrix(Lab& lab, const ProbeList& probes,
                            const std::vector<std::string>& step_globs) {
  std::vector<StepName> steps = lab.steps({});
  std::erase_if(steps, [&](const StepName& step) {
    return !step_globs.empty() &&
           std::ranges::none_of(step_globs, [&](const std::string& glob) {
             return matches_glob(glob, step.name);
           });
  });
  KillMatrix matrix;
  Killer killer(lab, probes);
  for (const StepName& step : steps) {
    lab.progress("kill " + std::to_string(matrix.steps.size() + 1) + "/" +
                 std::to_string(steps.size()) + ": " + step.name);
    if (step.essential) {
      matrix.steps.push_back({.step = step.name,
                              .boundary = std::string(name_of(step.boundary)),
                              .exempt = "nothing starts without it"});
      continue;
    }
    matrix.steps.push_back(killer.kill(step));
  }
  for (const TurnRow& row : turned(matrix, probes, lab)) {
    if (!row.steps.empty() || !row.exempt.empty()) continue;
    lab.progress("kill: which step turns " + row.probe);
    const auto probe = std::ranges::find(probes, row.probe, &probes::Probe::id);
    killer.turn(**probe, matrix.steps);
  }
  credit_read_backs(matrix);
  matrix.probes = turned(matrix, probes, lab);
  return matrix;
}

}  // namespace bulkhead::verify
