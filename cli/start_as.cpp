#include "cli/start_as.h"

#include <array>
#include <utility>

namespace bulkhead::cli {
namespace {

constexpr std::array<std::pair<const char*, ParkAt>, 3> kWays = {{
    {"cold", ParkAt::kNowhere},
    {"tree", ParkAt::kTree},
    {"parked", ParkAt::kExec},
}};

}  // namespace

std::vector<std::string> start_names() {
  std::vector<std::string> names;
  names.reserve(kWays.size());
  for (const auto& [name, depth] : kWays) names.emplace_back(name);
  return names;
}

Result<Starter> Starter::make(const std::string& way, Spec spec,
                              const Host& host) {
  Starter starter;
  ParkAt depth = ParkAt::kNowhere;
  for (const auto& [name, at] : kWays) {
    if (way == name) depth = at;
  }
  if (depth == ParkAt::kNowhere) {
    Result<Plan> plan = make_plan(std::move(spec), host);
    if (!plan) return tl::unexpected(plan.error());
    starter.plan_.emplace(std::move(*plan));
    return starter;
  }
  Result<Launcher> launcher = Launcher::make();
  if (!launcher) return tl::unexpected(launcher.error());
  const Result<ProgramId> program =
      launcher->add(std::move(spec), {.size = 1, .depth = depth});
  if (!program) return tl::unexpected(program.error());
  starter.program_ = *program;
  starter.depth_ = depth;
  starter.launcher_.emplace(std::move(*launcher));
  return starter;
}

Result<Container> Starter::start() {
  if (!launcher_) return bulkhead::start(*plan_);
  if (Status ready = launcher_->wait_ready(program_); !ready) {
    return tl::unexpected(ready.error());
  }
  Result<Launched> launched = launcher_->start(program_);
  if (!launched) return tl::unexpected(launched.error());
  // A Launcher makes one from nothing; who asks by name wants to see this way.
  if (launched->from != depth_) {
    return fail("start: not from a child that waited: " + launched->note);
  }
  return std::move(launched->container);
}

}  // namespace bulkhead::cli
