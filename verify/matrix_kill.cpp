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

  /// For probes that nothing turned in kill(): with all on but their other
  /// boundaries, or those of sets_around(), the first step that turns each,
  /// alone or beside one of those that cover for others.
  void turn(ProbeList probes, std::vector<KillRow>& rows) {
    for (const char* beside : kCovering) {
      for (KillRow& row : rows) {
        if (!row.exempt.empty() || row.step == beside) continue;
        lab_.progress("kill: which step turns " +
                      std::to_string(probes.size()) + " probes: " + row.step);
        for (const auto& [watched, alike] : by_watched(probes)) {
          const ProbeList turned = turned_by(row, beside, watched, alike);
          std::erase_if(probes, [&](const probes::Probe* probe) {
            return std::ranges::find(turned, probe) != turned.end();
          });
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
    return holds_in(without, std::move(watching));
  }

  /// Those of `probes` that hold with `without` taken out.
  ProbeList holds_in(const BoundarySet& without, ProbeList probes) {
    const HeldByProbe held = lab_.run({without, {}}, probes);
    std::erase_if(probes, [&](const probes::Probe* probe) {
      return held.at(probe->id) != Held::kContained;
    });
    return probes;
  }

  /// Those of `alike`, which watch `watched`, that notice when the step of
  /// `row` is left out beside `beside`; `row` gets them, too.
  ProbeList turned_by(KillRow& row, const std::string& beside,
                      const BoundarySet& watched, ProbeList alike) {
    const auto boundary = boundary_named(row.boundary);
    if (!watched.contains(*boundary)) return {};
    BoundarySet others = watched;
    others.erase(*boundary);
    std::vector<BoundarySet> withouts = {others};
    for (const BoundarySet& on : sets_around(*boundary)) {
      withouts.push_back(all_but(on));
    }
    ProbeList turned;
    for (const BoundarySet& without : withouts) {
      const std::vector<StepName>& steps = lab_.steps(without);
      if (!has_step(steps, row.step) ||
          (!beside.empty() && !has_step(steps, beside))) {
        continue;
      }
      Sabotage sabotage{without, {row.step, kSkipReadback}};
      if (!beside.empty()) sabotage.skip.push_back(beside);
      const ProbeList notice = noticing(sabotage, alike);
      if (notice.empty() || never_starts(sabotage, steps)) continue;
      for (const probes::Probe* probe : notice) {
        row.noticed_by.push_back(probe->id);
        turned.push_back(probe);
        std::erase(alike, probe);
      }
      if (row.spec.empty()) row.spec = words_of(all_but(without));
      if (!beside.empty()) row.beside = {beside};
    }
    return turned;
  }

  /// The probes that hold until `sabotage` skips its steps.
  ProbeList noticing(const Sabotage& sabotage, const ProbeList& probes) {
    ProbeList holding = holds_in(sabotage.without, probes);
    const HeldByProbe now = lab_.run(sabotage, holding);
    std::erase_if(holding, [&](const probes::Probe* probe) {
      Held is = now.at(probe->id);
      // Another probe may have ended the container before its turn.
      if (is == Held::kUnknown && now.size() > 1) {
        is = lab_.run(sabotage, {probe}).at(probe->id);
      }
      return !notices(is);
    });
    return holding;
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

/// Why no step's absence can turn `probe` here; empty: one must. `held` is what
/// it says with all that it watches taken out.
std::string not_to_turn(const probes::Probe& probe, Held held) {
  if (probe.by_absence) return "kept out by nothing being done";
  return held == Held::kAbsent ? "this kernel has no such feature" : "";
}

std::vector<TurnRow> turned(const KillMatrix& matrix, const ProbeList& probes,
                            Lab& lab) {
  std::vector<TurnRow> rows;
  ProbeList by_none;
  for (const probes::Probe* probe : probes) {
    TurnRow row{.probe = probe->id};
    for (const KillRow& step : matrix.steps) {
      if (std::ranges::find(step.noticed_by, probe->id) !=
          step.noticed_by.end()) {
        row.steps.push_back(step.step);
      }
    }
    if (row.steps.empty()) by_none.push_back(probe);
    rows.push_back(std::move(row));
  }
  for (const auto& [watched, alike] : by_watched(by_none)) {
    const HeldByProbe held = lab.run({watched, {}}, alike);
    for (const probes::Probe* probe : alike) {
      std::ranges::find(rows, probe->id, &TurnRow::probe)->exempt =
          not_to_turn(*probe, held.at(probe->id));
    }
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
  ProbeList unturned = probes;
  const std::vector<TurnRow> so_far = turned(matrix, probes, lab);
  std::erase_if(unturned, [&](const probes::Probe* probe) {
    const TurnRow& row = *std::ranges::find(so_far, probe->id, &TurnRow::probe);
    return !row.steps.empty() || !row.exempt.empty();
  });
  killer.turn(std::move(unturned), matrix.steps);
  credit_read_backs(matrix);
  matrix.probes = turned(matrix, probes, lab);
  return matrix;
}

}  // namespace bulkhead::verify
