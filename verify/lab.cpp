#include "verify/lab.h"

#include <algorithm>

#include "runtime/host/host.h"
#include "runtime/plan/compile.h"
#include "verify/box_mounts.h"
#include "verify/facts.h"
#include "verify/judge.h"
#include "verify/words.h"

namespace bulkhead::verify {
namespace {

using probes::Observation;
using probes::Outcome;

bool is(const std::optional<Observation>& seen, Outcome outcome) {
  return seen && seen->outcome == outcome;
}

/// judge()'s verdict, were the control seen to escape.
Held held(const ContainerRun& run, const probes::Probe& probe) {
  Observed seen{.control = probes::reached("the lab"),
                .outside_expected = probe.inspect != nullptr};
  if (const auto halves = run.transcript.halves.find(probe.id);
      halves != run.transcript.halves.end()) {
    seen.attempt = halves->second.attempt;
    seen.witness = halves->second.witness;
  }
  if (const auto outside = run.outside.find(probe.id);
      outside != run.outside.end()) {
    seen.outside = outside->second;
    seen.outside_expected = true;
  }
  switch (judge(seen).verdict) {
    case Verdict::kContained:
      return Held::kContained;
    case Verdict::kEscaped:
      return Held::kEscaped;
    case Verdict::kUnsupported:
    case Verdict::kInconclusive:
      break;
  }
  if (is(seen.attempt, Outcome::kAbsent)) return Held::kAbsent;
  return is(seen.attempt, Outcome::kRefused) &&
                 is(seen.witness, Outcome::kBroken)
             ? Held::kOverBlocked
             : Held::kUnknown;
}

}  // namespace

HeldByProbe Lab::run(const Sabotage& sabotage, const ProbeList& probes) {
  HeldByProbe answers;
  ProbeList wanted = probes;
  if (sabotage.skip.empty()) {
    HeldByProbe& known = remembered_[sabotage.without];
    std::erase_if(wanted, [&](const probes::Probe* probe) {
      return known.contains(probe->id);
    });
  }
  for (const ProbeList& list : containers_for(wanted)) {
    const ContainerRun run = run_container(ground_, subject_, sabotage, list);
    for (const probes::Probe* probe : list) {
      answers[probe->id] = held(run, *probe);
    }
  }
  if (!sabotage.skip.empty()) return answers;
  HeldByProbe& known = remembered_[sabotage.without];
  known.merge(answers);
  HeldByProbe asked;
  for (const probes::Probe* probe : probes) {
    asked[probe->id] = known.at(probe->id);
  }
  return asked;
}

std::string Lab::refusal(const Sabotage& sabotage) const {
  std::string said;
  if (starts(ground_, subject_, sabotage, &said)) return {};
  return said.empty() ? "no reason given" : last_words(said, 400);
}

Result<std::vector<Step>> Lab::steps(const BoundarySet& without) const {
  const Result<Host> host = probe_host();
  if (!host) return tl::unexpected(host.error());
  Spec spec = spec_under_test(make_nonce(), ground_.box);
  // Any tree of root's: the plan is read, not started.
  spec.rootfs.path = kBoxDirectory;
  spec.process.argv = {"probe"};
  spec.cgroups_path = "/lab";
  spec.unsafe = true;
  spec.without = without;
  Result<Plan> plan = compile(std::move(spec), *host);
  if (!plan) return within("lab", plan.error());
  return std::move(plan->steps);
}

BoundarySet all_but(const BoundarySet& on) {
  BoundarySet rest;
  for (std::size_t i = 0; i < kBoundaryNames.size(); ++i) {
    const auto boundary = static_cast<Boundary>(i);
    if (!on.contains(boundary)) rest.insert(boundary);
  }
  return rest;
}

BoundarySet needed_by(Boundary boundary) {
  using enum Boundary;
  if (boundary == kRootfs) return {kMountns};
  if (boundary == kDevices) return {kMountns, kRootfs};
  return {};
}

std::string words_of(const BoundarySet& boundaries) {
  if (boundaries.size() == kBoundaryNames.size()) return "everything";
  std::string text;
  for (const Boundary boundary : boundaries) {
    text += (text.empty() ? "" : " ") + std::string(name_of(boundary));
  }
  return text;
}

}  // namespace bulkhead::verify
