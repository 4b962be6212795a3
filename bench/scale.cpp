#include "bench/scale.h"

#include <fcntl.h>

#include <algorithm>

#include "bench/groups.h"
#include "bench/starts.h"
#include "runtime/base/file.h"

namespace bulkhead::bench {
namespace {

constexpr int kVisits = 3;  ///< To each level, so that drift meets them all.
constexpr const char* kMoreMemory = "4294967296";
constexpr const char* kMoreProcesses = "12000";

std::string at_level(const std::string& name, const Dimension& dimension,
                     int level) {
  return name + " at " + std::to_string(level) +
         (dimension.unit.empty() ? "" : " " + dimension.unit);
}

std::vector<Row> rows_of(const Dimension& dimension,
                         const std::vector<Variant>& variants) {
  std::vector<Row> rows;
  for (const int level : dimension.levels) {
    for (const Variant& variant : variants) {
      rows.push_back(
          {.name = at_level(variant.name, dimension, level),
           .about = variant.about,
           .baseline = variant.baseline.empty()
                           ? ""
                           : at_level(variant.baseline, dimension, level)});
    }
  }
  return rows;
}

void append(Row& to, Row&& from) {
  if (to.error.empty()) to.error = from.error;
  for (auto& [metric, sample] : from.samples) {
    Sample& all = to.samples[metric];
    all.insert(all.end(), sample.begin(), sample.end());
  }
  if (!to.error.empty()) to.samples.clear();
}

}  // namespace

Group measure_levels(Ground& ground, const Dimension& dimension,
                     const std::vector<Variant>& variants) {
  Group group{.name = "scale/" + dimension.name,
              .title = dimension.title,
              .rows = rows_of(dimension, variants)};
  const int rounds =
      std::max(ground.effort.quick ? 1 : 3, ground.effort.rounds / kVisits);
  std::vector<std::size_t> order(dimension.levels.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto say = ground.progress;
  for (int visit = 0; visit < (ground.effort.quick ? 1 : kVisits); ++visit) {
    std::ranges::shuffle(order, ground.random);
    for (const std::size_t i : order) {
      const int level = dimension.levels[i];
      ground.progress = [&](const std::string& what) {
        say(dimension.name + " at " + std::to_string(level) + ", " + what);
      };
      ground.progress("getting there");
      const Status entered = dimension.enter(level);
      std::vector<Row> found;
      if (entered) found = measure(ground, rounds, variants);
      dimension.leave();
      for (std::size_t v = 0; v < variants.size(); ++v) {
        append(group.rows[i * variants.size() + v],
               entered ? std::move(found[v])
                       : Row{.error = entered.error().message()});
      }
    }
  }
  ground.progress = say;
  return group;
}

std::vector<Variant> floor_and_cold(Ground& ground, const std::string& name) {
  auto plan = std::make_shared<Result<Plan>>(
      make_plan(ground.hardened(name), ground.host));
  return {floor_variant(ground),
          {.name = "cold",
           .about = "a compiled plan, every boundary",
           .baseline = kFloor,
           .once = [&ground, plan]() -> Result<Times> {
             if (!*plan) return tl::unexpected(plan->error());
             return start_once(ground, **plan,
                               [](const Plan& one) { return start(one); });
           }}};
}

void raise_box_limits(const Ground& ground) {
  // Where it may not, what needs more fails and says so.
  for (const std::string& root : ground.box->cgroup_roots) {
    static_cast<void>(
        write_file_at(AT_FDCWD, root + "/memory.limit_in_bytes", kMoreMemory));
    static_cast<void>(
        write_file_at(AT_FDCWD, root + "/memory.max", kMoreMemory));
    static_cast<void>(
        write_file_at(AT_FDCWD, root + "/pids.max", kMoreProcesses));
  }
}

std::vector<Group> measure_scale(Ground& ground) {
  raise_box_limits(ground);
  std::vector<Group> groups = {measure_rss(ground), measure_mounts(ground),
                               measure_processes(ground),
                               measure_starters(ground)};
  for (Group& group : measure_live(ground)) groups.push_back(std::move(group));
  return groups;
}

}  // namespace bulkhead::bench
