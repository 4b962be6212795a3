// Containers that live on: starts beside them, what each of them costs, and
// how long it takes until they are gone.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <sstream>

#include "bench/scale.h"
#include "bench/starts.h"
#include "runtime/base/file.h"

namespace bulkhead::bench {
namespace {

/// kB of all lines of /proc/meminfo that are memory of the kernel.
double kernel_kb() {
  std::istringstream lines(read_file("/proc/meminfo").value_or(std::string()));
  double sum = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    double kb = 0;
    words >> name >> kb;
    for (const char* one :
         {"Slab:", "KernelStack:", "PageTables:", "Percpu:", "VmallocUsed:"}) {
      if (name == one) sum += kb;
    }
  }
  return sum;
}

/// kB that are charged to the box's cgroup; 0 where nobody counts.
double charged_kb(const Ground& ground) {
  constexpr double kBytesPerKb = 1024;
  for (const std::string& root : ground.box->cgroup_roots) {
    for (const char* file : {"/memory.usage_in_bytes", "/memory.current"}) {
      const auto text = read_file(root + file);
      if (text) return std::strtod(text->c_str(), nullptr) / kBytesPerKb;
    }
  }
  return 0;
}

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

class Live {
 public:
  explicit Live(Ground& ground) : ground_(ground) {}

  [[nodiscard]] int count() const { return static_cast<int>(alive_.size()); }

  /// Starts one more, which stays.
  Status add() {
    Spec spec = ground_.hardened("live-" + std::to_string(alive_.size()));
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

  void end_all() {
    for (const auto& one : alive_) static_cast<void>(one->signal(SIGKILL));
    alive_.clear();
  }

 private:
  Ground& ground_;
  std::vector<std::unique_ptr<Container>> alive_;
};

/// What was counted at several numbers of containers.
struct Counted {
  Sample live;
  Sample kernel;
  Sample charged;

  void take(const Ground& ground, int count) {
    live.push_back(count);
    kernel.push_back(kernel_kb());
    charged.push_back(charged_kb(ground));
  }
};

/// The slopes between neighbours: each is one sample of what one costs.
Sample each(const Sample& live, const Sample& kb) {
  Sample found;
  for (std::size_t i = 1; i < live.size(); ++i) {
    found.push_back((kb[i] - kb[i - 1]) / (live[i] - live[i - 1]));
  }
  return found;
}

Group memory_group(const Counted& counted) {
  Group group{.name = "scale/memory",
              .title = "Memory of one live, idle container",
              .metric = "value",
              .unit = "kB"};
  group.rows.push_back(
      {.name = "kernel, whole machine",
       .about = "slab, stacks, page tables, percpu, vmalloc of /proc/meminfo: "
                "all that the kernel holds, and whatever else changed on the "
                "machine meanwhile",
       .samples = {{"value", each(counted.live, counted.kernel)}}});
  group.rows.push_back(
      {.name = "charged to the cgroup",
       .about = "what the memory controller counts of it",
       .samples = {{"value", each(counted.live, counted.charged)}}});
  return group;
}

Group teardown_group(Live& live, int samples) {
  Group group{.name = "scale/teardown",
              .title =
                  "From SIGKILL until process, namespaces' holders and "
                  "cgroup are gone; the kernel frees a network namespace "
                  "later",
              .metric = "total"};
  group.rows.push_back({.name = "one of many", .about = "every boundary"});
  Row& row = group.rows.back();
  for (int i = 0; i < samples && live.count() > 0; ++i) {
    const Result<double> us = live.end_last();
    if (us) {
      row.samples["total"].push_back(*us);
    } else {
      row.error = us.error().message();
      row.samples.clear();
      break;
    }
  }
  return group;
}

/// Raises the number of live containers to `target`, counting on the way.
Status raise_to(Ground& ground, Live& live, int target, int step,
                Counted& counted) {
  while (live.count() < target) {
    if (Status added = live.add(); !added) return added;
    if (live.count() % step == 0) {
      ground.progress(std::to_string(live.count()) + " live containers");
      counted.take(ground, live.count());
    }
  }
  return {};
}

void rename(std::vector<Row>& rows, int level) {
  const std::string at = " at " + std::to_string(level);
  for (Row& row : rows) {
    row.name += at;
    if (!row.baseline.empty()) row.baseline += at;
  }
}

}  // namespace

std::vector<Group> measure_live(Ground& ground) {
  const bool quick = ground.effort.quick;
  const std::vector<int> levels =
      quick ? std::vector{0, 6} : std::vector{0, 100, 1000};
  Group starts{.name = "scale/live",
               .title = "Starts beside containers that live"};
  Live live(ground);
  Counted counted;
  const std::vector<Variant> variants = floor_and_cold(ground, "beside");
  Status trouble;
  const int before = processes();
  counted.take(ground, 0);
  for (const int level : levels) {
    if (trouble) {
      trouble = raise_to(ground, live, level, quick ? 2 : 50, counted);
    }
    if (trouble && processes() != before + level) {
      trouble = fail(std::to_string(level) + " containers are " +
                     std::to_string(processes() - before) + " processes");
    }
    std::vector<Row> rows = measure(
        ground, trouble ? std::max(1, ground.effort.rounds / 2) : 0, variants);
    for (Row& row : rows) {
      if (!trouble) row.error = trouble.error().message();
    }
    rename(rows, level);
    for (Row& row : rows) starts.rows.push_back(std::move(row));
  }
  Group memory = memory_group(counted);
  Group teardown = teardown_group(live, ground.effort.rounds);
  live.end_all();
  return {std::move(starts), std::move(memory), std::move(teardown)};
}

}  // namespace bulkhead::bench
