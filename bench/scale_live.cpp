// Containers that live on: starts beside them, what each of them costs, and
// how long it takes until they are gone.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "bench/memory_count.h"
#include "bench/scale.h"
#include "bench/starts.h"
#include "bench/worker.h"
#include "runtime/spec/presets.h"

namespace bulkhead::bench {
namespace {

/// Processes in the box.
int processes() {
  std::error_code ignored;
  int count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    if (std::ranges::all_of(name,
                            [](char c) { return c >= '0' && c <= '9'; })) {
      ++count;
    }
  }
  return count;
}

/// Containers of one process that live until they are told to end.
class Live {
 public:
  /// `first` is the number of its first, so that all have other ids.
  Live(Ground& ground, std::string name, std::uint32_t first)
      : ground_(ground), name_(std::move(name)), first_(first) {}

  [[nodiscard]] bool empty() const { return alive_.empty(); }

  /// Starts one more.
  Status add() {
    Spec spec = ground_.hardened(name_ + "-" + std::to_string(alive_.size()));
    if (!ground_.box->user_namespace) take_own_ids(spec);
    spec.process.argv.emplace_back(kStay);
    auto plan = make_plan(std::move(spec), ground_.host);
    if (!plan) return tl::unexpected(plan.error());
    auto container = start(*plan);
    if (!container) return tl::unexpected(container.error());
    const auto record = ground_.records.await(expected_of(plan->spec));
    if (!record) return tl::unexpected(record.error());
    alive_.push_back(std::make_unique<Container>(std::move(*container)));
    return {};
  }

  /// Microseconds from the order to end until the last one is gone with its
  /// cgroup.
  Result<double> end_last() {
    const std::unique_ptr<Container> last = std::move(alive_.back());
    alive_.pop_back();
    const std::uint64_t begin = stamp();
    if (Status sent = last->signal(SIGKILL); !sent) {
      return tl::unexpected(sent.error());
    }
    const Result<Exit> exit = last->wait();
    if (!exit) return tl::unexpected(exit.error());
    return ground_.us(begin, stamp());
  }

 private:
  /// The kernel counts keyrings by user, and gives each 200 of them.
  void take_own_ids(Spec& spec) const {
    const auto number = first_ + static_cast<std::uint32_t>(alive_.size());
    spec.uid_mappings = {
        {.container_id = 0,
         .host_id = kContainerIdBase + (number + 1) * kContainerIdCount,
         .size = kContainerIdCount}};
    spec.gid_mappings = spec.uid_mappings;
    // Then the root belongs to other ids, which may read and execute it.
    if (!ground_.takes_id_maps) spec.rootfs.idmap = false;
  }

  Ground& ground_;
  std::string name_;
  std::uint32_t first_;
  std::vector<std::unique_ptr<Container>> alive_;
};

/// Many containers, held by several processes: each holds descriptors for its
/// own, and one that has thousands open starts differently from one that has
/// a few.
class Crowd {
 public:
  static constexpr int kEach = 100;

  /// Their processes are all there before anything is counted.
  Crowd(Ground& ground, int most) {
    for (int i = 0; i < (most + kEach - 1) / kEach; ++i) {
      holders_.push_back(std::make_unique<Worker>(ground, [&ground, i] {
        const auto live =
            std::make_shared<Live>(ground, "live-" + std::to_string(i),
                                   static_cast<std::uint32_t>(i * kEach));
        return Result<Batch>(Batch{.once = [live]() -> Result<Times> {
          if (Status added = live->add(); !added) {
            return tl::unexpected(added.error());
          }
          return Times{};
        }});
      }));
    }
  }

  [[nodiscard]] int count() const { return count_; }

  Status add() {
    const auto holder = static_cast<std::size_t>(count_ / kEach);
    const Result<Times> added = holders_[holder]->once();
    if (!added) return tl::unexpected(added.error());
    ++count_;
    return {};
  }

 private:
  std::vector<std::unique_ptr<Worker>> holders_;
  int count_ = 0;
};

Group teardown_group(Ground& ground) {
  Group group{.name = "scale/teardown",
              .title =
                  "From SIGKILL until process, namespaces' holders and "
                  "cgroup are gone; the kernel frees a network namespace "
                  "later",
              .metric = "total"};
  group.rows.push_back({.name = "one of many", .about = "every boundary"});
  Row& row = group.rows.back();
  Live live(ground, "ending", 0);
  Status trouble;
  const int samples = std::min(ground.effort.rounds, Crowd::kEach);
  for (int i = 0; i < samples && trouble; ++i) trouble = live.add();
  while (trouble && !live.empty()) {
    ground.leave_gap();
    const Result<double> us = live.end_last();
    if (us) {
      row.samples["total"].push_back(*us);
    } else {
      trouble = tl::unexpected(us.error());
    }
  }
  if (!trouble) {
    row.error = trouble.error().message();
    row.samples.clear();
  }
  return group;
}

/// Raises the number of live containers to `target`, counting on the way.
Status raise_to(Ground& ground, Crowd& crowd, int target, int step,
                MemoryCount& counted) {
  while (crowd.count() < target) {
    if (Status added = crowd.add(); !added) return added;
    if (crowd.count() % step == 0) {
      ground.progress(std::to_string(crowd.count()) + " live containers");
      counted.take(*ground.box, crowd.count());
    }
  }
  return {};
}

void add_rows(Group& group, int level, const Status& trouble,
              std::vector<Row> rows) {
  const std::string at = " at " + std::to_string(level);
  for (Row& row : rows) {
    row.name += at;
    if (!row.baseline.empty()) row.baseline += at;
    if (!trouble) row.error = trouble.error().message();
    group.rows.push_back(std::move(row));
  }
}

}  // namespace

std::vector<Group> measure_live(Ground& ground) {
  const bool quick = ground.effort.quick;
  const std::vector<int> levels =
      quick ? std::vector{0, 6} : std::vector{0, 100, 1000};
  Group starts{.name = "scale/live",
               .title = "Starts beside containers that live"};
  MemoryCount counted;
  const std::vector<Variant> variants = floor_and_cold(ground, "beside");
  {
    Crowd crowd(ground, levels.back());
    Status trouble;
    const int before = processes();
    counted.take(*ground.box, 0);
    for (const int level : levels) {
      if (trouble) {
        trouble = raise_to(ground, crowd, level, quick ? 2 : 50, counted);
      }
      if (trouble && processes() != before + level) {
        trouble = fail(std::to_string(level) + " containers are " +
                       std::to_string(processes() - before) + " processes");
      }
      add_rows(starts, level, trouble,
               trouble ? measure(ground, std::max(1, ground.effort.rounds / 2),
                                 variants)
                       : empty_rows(variants));
    }
  }
  return {std::move(starts), counted.group(), teardown_group(ground)};
}

}  // namespace bulkhead::bench
