// A compiled plan, started. A new way to start one is one more line in
// start_variants().
#include <memory>

#include "bench/bare.h"
#include "bench/groups.h"
#include "bench/ready.h"
#include "bench/starts.h"
#include "bench/worker.h"
#include "runtime/spec/without.h"

namespace bulkhead::bench {
namespace {

Result<Container> cold(const Plan& plan) { return start(plan); }

class Variants {
 public:
  explicit Variants(Ground& ground) : ground_(ground) {}

  /// A start of `spec` by `start_by`. What leaves something out and cannot be
  /// compiled here is listed as absent.
  void add(const std::string& name, const std::string& about, Spec spec,
           const StartBy& start_by = cold) {
    spec.cgroups_path = "/bench-start-" + std::to_string(list_.size());
    const bool optional = spec.unsafe;
    auto plan = std::make_shared<Result<Plan>>(
        make_plan(std::move(spec), ground_.host));
    if (!*plan && optional) {
      ground_.absent.push_back({"start", name, plan->error().message()});
      return;
    }
    list_.push_back({name, about, kFloor,
                     [&ground = ground_, plan, start_by]() -> Result<Times> {
                       if (!*plan) return tl::unexpected(plan->error());
                       return start_once(ground, **plan, start_by);
                     }});
  }

  void add(Variant variant) { list_.push_back(std::move(variant)); }
  [[nodiscard]] std::vector<Variant> take() { return std::move(list_); }

 private:
  Ground& ground_;
  std::vector<Variant> list_;
};

Spec without(const Ground& ground, Spec spec, Boundary boundary) {
  remove_boundary(spec, boundary);
  if (!spec.rootfs.pivot) spec.process.argv = {ground.workload};
  return spec;
}

/// Whether there was nothing of the boundary to be left out.
bool same_but_for_the_name(Spec left_out, const Spec& whole) {
  left_out.without = whole.without;
  return left_out == whole;
}

Spec without_readback(Spec spec) {
  spec.unsafe = true;
  spec.skipped_steps.insert(kSkipReadback);
  return spec;
}

/// A start by a process that gave its privileges up.
Variant rootless(Ground& ground) {
  const auto prepare = [&ground]() -> Result<Batch> {
    if (Status done = become_nobody(); !done)
      return tl::unexpected(done.error());
    Result<Host> host = probe_host();
    if (!host) return tl::unexpected(host.error());
    Spec spec = ground.hardened("rootless");
    spec.prefer.insert("cgroup");
    Result<Plan> compiled = make_plan(std::move(spec), *host);
    if (!compiled) return tl::unexpected(compiled.error());
    auto plan = std::make_shared<Plan>(std::move(*compiled));
    return Batch{
        .once = [&ground, plan] { return start_once(ground, *plan, cold); }};
  };
  auto worker = std::make_shared<Worker>(ground, prepare);
  return {.name = "rootless",
          .about = "by an unprivileged caller: one id mapped, no cgroup",
          .baseline = kFloor,
          .once = [worker] { return worker->once(); }};
}

/// What the same plan changes, by bare system calls.
void add_same_objects(Ground& ground, Variants& variants) {
  const auto make = [&]() -> Result<BareStart> {
    Result<Plan> plan = make_plan(ground.hardened("bare"), ground.host);
    if (!plan) return tl::unexpected(plan.error());
    return BareStart::make(ground, std::move(*plan));
  };
  Result<BareStart> made = make();
  const std::string name = "same kernel objects";
  if (!made) {
    ground.absent.push_back({"start", name, made.error().message()});
    return;
  }
  const auto bare = std::make_shared<BareStart>(std::move(*made));
  variants.add({.name = name,
                .about = "the calls of the plan that change something, bare: "
                         "nothing read, compared, kept or explained",
                .baseline = kFloor,
                .once = [bare] { return bare->once(); }});
}

/// From children that wait: behind their mounts, and one step before exec.
void add_ready(Ground& ground, Variants& variants) {
  struct Ready {
    const char* name;
    const char* about;
    ParkAt depth;
    Preset preset;
  };
  constexpr Ready kReady[] = {
      {"prepared", "namespaces, cgroup, network and mounts made before",
       ParkAt::kTree, Preset::kHardened},
      {"prepared, strict",
       "the same of the strict preset: /proc shows processes only, no /sys",
       ParkAt::kTree, Preset::kStrict},
      {"parked", "everything but exec done before", ParkAt::kExec,
       Preset::kHardened}};
  for (const Ready& ready : kReady) {
    Spec spec = ground.spec_of(ready.preset, "start");
    spec.cgroups_path = "/bench-start-ready-" + std::to_string(&ready - kReady);
    auto variant = ready_variant(ground, ready.name, ready.about,
                                 std::move(spec), ready.depth);
    if (variant) {
      variants.add(std::move(*variant));
    } else {
      ground.absent.push_back({"start", ready.name, variant.error().message()});
    }
  }
}

}  // namespace

std::vector<Variant> start_variants(Ground& ground) {
  const Spec hardened = ground.hardened("start");
  Variants variants(ground);
  variants.add(floor_variant(ground));
  variants.add("cold", "every boundary, nothing prepared but the plan",
               hardened);
  add_same_objects(ground, variants);
  add_ready(ground, variants);
  // In a box of an ordinary user every start is one.
  if (!ground.box->user_namespace) variants.add(rootless(ground));
  variants.add("without read-back",
               "every boundary, none compared with what the kernel shows",
               without_readback(hardened));
  for (std::size_t i = 0; i < kBoundaryNames.size(); ++i) {
    const auto boundary = static_cast<Boundary>(i);
    const std::string name(kBoundaryNames[i]);
    Spec spec = without(ground, hardened, boundary);
    if (same_but_for_the_name(spec, hardened)) continue;
    std::string about = "cold, without";
    for (const Boundary one : spec.without) {
      about += " " + std::string(name_of(one));
    }
    spec.unsafe = true;
    variants.add("without " + name, about, std::move(spec));
  }
  return variants.take();
}

std::vector<Group> measure_start(Ground& ground) {
  return {
      {.name = "start",
       .title = "A compiled plan started by the library, to the "
                "workload's first instruction",
       .rows = measure(ground, ground.effort.rounds, start_variants(ground))}};
}

}  // namespace bulkhead::bench
