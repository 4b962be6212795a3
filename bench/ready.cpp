#include "bench/ready.h"

#include <memory>

#include "bench/starts.h"

namespace bulkhead::bench {
namespace {

struct Pool {
  Launcher launcher;
  ProgramId program;
  ParkAt depth;

  [[nodiscard]] Result<Container> start() {
    Result<Launched> launched = launcher.start(program);
    if (!launched) return tl::unexpected(launched.error());
    if (launched->from != depth) {
      return fail("it was not ready: " + launched->note);
    }
    return std::move(launched->container);
  }
};

}  // namespace

Result<Variant> ready_variant(Ground& ground, const std::string& name,
                              const std::string& about, Spec spec,
                              ParkAt depth) {
  Result<Launcher> launcher = Launcher::make();
  if (!launcher) return tl::unexpected(launcher.error());
  const Result<ProgramId> program =
      launcher->add(std::move(spec), {.size = 1, .depth = depth});
  if (!program) return tl::unexpected(program.error());
  if (Status ready = launcher->wait_ready(*program); !ready) {
    return tl::unexpected(ready.error());
  }
  const auto pool =
      std::make_shared<Pool>(Pool{std::move(*launcher), *program, depth});
  return Variant{
      .name = name,
      .about = about,
      .baseline = kFloor,
      .once =
          [&ground, pool] {
            return start_once(ground, pool->launcher.plan(pool->program),
                              [pool](const Plan&) { return pool->start(); });
          },
      .settle = [pool] { return pool->launcher.wait_ready(pool->program); }};
}

}  // namespace bulkhead::bench
