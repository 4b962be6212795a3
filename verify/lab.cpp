#include "verify/lab.h"

#include <unistd.h>

#include <algorithm>

#include "runtime/base/file.h"
#include "runtime/host/host.h"
#include "runtime/plan/compile.h"
#include "runtime/spec/oci.h"
#include "verify/box_mounts.h"
#include "verify/facts.h"
#include "verify/rootfs.h"
#include "verify/words.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;

Result<Plan> plan_without(const BoundarySet& without, const BoxFacts& box) {
  // As careless a caller as session/priority-default makes of the harness.
  static_cast<void>(nice(-1));
  const Result<Host> host = probe_host();
  if (!host) return tl::unexpected(host.error());
  Spec asked = tested_spec(make_nonce(), box);
  // Any tree of root's: the plan is read, not started.
  asked.rootfs.path = kBoxDirectory;
  for (Mount& mount : asked.mounts) {
    if (mount.kind == MountKind::kBind) mount.source = kBoxDirectory;
  }
  asked.process.argv = {"probe"};
  asked.cgroups_path = "/lab";
  // As the subject gets it: what a bundle has no word for is in no plan of it.
  auto bundled = parse_oci(emit_oci(asked), "/");
  if (!bundled) return tl::unexpected(error_of("bundle", bundled.error()));
  Spec spec = std::move(*bundled);
  spec.unsafe = true;
  spec.without = without;
  return compile(std::move(spec), *host);
}

}  // namespace

json Lab::in_box(
    const std::function<json(const Ground&, const Subject&)>& work) {
  if (trouble_) return nullptr;
  const auto boxed = [&](const BoxFacts& box,
                         const Progress& progress) -> Result<json> {
    progress(doing_);
    const auto own = keyed(tools_.probe_binary);
    if (!own) return tl::unexpected(own.error());
    const Ground ground{
        .box = box, .keyed_binary = own->binary, .key = own->key};
    const SubjectPointer subject = make_bulkhead(tools_.self_exe);
    return work(ground, *subject);
  };
  auto answer = run_boxed(
      boxed, {.keep = {tools_.self_exe}, .live = tools_.live}, interrupted_);
  if (answer) return std::move(*answer);
  trouble_ = answer.error();
  return nullptr;
}

HeldByProbe Lab::run(const Sabotage& sabotage, const ProbeList& probes) {
  HeldByProbe known;
  const bool remember = sabotage.skip.empty();
  if (remember) known = remembered_[sabotage.without];
  ProbeList wanted = probes;
  std::erase_if(wanted, [&](const probes::Probe* probe) {
    return known.contains(probe->id);
  });
  for (const ProbeList& list : containers_for(wanted)) {
    const json answer =
        in_box([&](const Ground& ground, const Subject& subject) -> json {
          const ContainerRun run =
              run_container(ground, subject, sabotage, list);
          json held_by = json::object();
          for (const probes::Probe* probe : list) {
            held_by[probe->id] = static_cast<int>(held(run, *probe));
          }
          return held_by;
        });
    for (const probes::Probe* probe : list) {
      known[probe->id] = answer.is_null()
                             ? Held::kUnknown
                             : static_cast<Held>(answer[probe->id].get<int>());
    }
  }
  if (remember) remembered_[sabotage.without] = known;
  HeldByProbe asked;
  for (const probes::Probe* probe : probes) {
    asked[probe->id] = known.at(probe->id);
  }
  return asked;
}

Lab::Began Lab::begin(const Sabotage& sabotage) {
  const json answer =
      in_box([&](const Ground& ground, const Subject& subject) -> json {
        Ended ended;
        if (starts(ground, subject, sabotage, &ended)) {
          return {{"view", trimmed(ended.out)}};
        }
        const std::string said = last_words(ended.err, 400);
        return {{"refusal", said.empty() ? "no reason given" : said}};
      });
  if (answer.is_null()) return {.refusal = "no answer"};
  return {.refusal = answer.value("refusal", ""),
          .view = answer.value("view", "")};
}

const std::vector<StepName>& Lab::steps(const BoundarySet& without) {
  if (const auto known = steps_.find(without); known != steps_.end()) {
    return known->second;
  }
  std::vector<StepName>& names = steps_[without];
  const json answer = in_box([&](const Ground& ground, const Subject&) -> json {
    json list = json::array();
    const auto plan = plan_without(without, ground.box);
    if (!plan) return plan.error().message();
    for (const Step& step : plan->steps) {
      list.push_back(
          {step.name, static_cast<int>(step.boundary), step.essential});
    }
    return list;
  });
  if (answer.is_string()) {
    trouble_ = Error{"lab: " + answer.get<std::string>(), 0, {}, {}};
    return names;
  }
  for (const json& one : answer) {
    names.push_back({one[0].get<std::string>(),
                     static_cast<Boundary>(one[1].get<int>()),
                     one[2].get<bool>()});
  }
  return names;
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
  // On the host's own root its files are beneath "/".
  if (boundary == kLandlock) return {kMountns, kRootfs};
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
