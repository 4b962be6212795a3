// Waits for RCU on the way to the first instruction, counted by the kernel
// itself: an ftrace instance of our own, which follows this process and its
// children and has the workload's clock.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <map>
#include <sstream>

#include "bench/groups.h"
#include "bench/starts.h"
#include "runtime/base/file.h"
#include "verify/box.h"

namespace bulkhead::bench {
namespace {

constexpr const char* kWait = ": synchronize_rcu";
constexpr std::size_t kMaxTraceBytes = 64 << 20;

class Tracer {
 public:
  explicit Tracer(const Ground& ground)
      : mount_point_(ground.directory + "/tracing"),
        instance_(mount_point_ + "/instances/bulkhead-" +
                  verify::make_nonce().substr(0, 12)) {}
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;
  ~Tracer() {
    if (made_) {
      static_cast<void>(put("current_tracer", "nop"));
      rmdir(instance_.c_str());
    }
    if (mounted_) umount2(mount_point_.c_str(), MNT_DETACH);
  }

  Status begin() {
    if (mkdir(mount_point_.c_str(), 0700) != 0) return fail("mkdir", errno);
    mounted_ = mount("tracefs", mount_point_.c_str(), "tracefs",
                     MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0;
    if (!mounted_) return fail("mount tracefs", errno);
    made_ = mkdir(instance_.c_str(), 0700) == 0;
    if (!made_) return fail("make an instance of ftrace", errno);
    const Result<std::string> pid = own_pid();
    if (!pid) return tl::unexpected(pid.error());
    for (const auto& [file, text] :
         {std::pair{"trace_clock", "x86-tsc"},
          // A word each time: what is there stays.
          {"set_ftrace_filter", "synchronize_rcu"},
          {"set_ftrace_filter", "synchronize_rcu_expedited"},
          {"set_ftrace_pid", pid->c_str()},
          {"options/function-fork", "1"},
          {"current_tracer", "function"}}) {
      if (Status done = put(file, text); !done) return done;
    }
    return {};
  }

  void forget() const {
    const Fd file(
        open((instance_ + "/trace").c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  }

  /// Who waited between two stamps, once for each wait.
  [[nodiscard]] Result<std::vector<std::string>> waits(std::uint64_t from,
                                                       std::uint64_t to) const {
    const Result<std::string> text =
        read_file(instance_ + "/trace", kMaxTraceBytes);
    if (!text) return tl::unexpected(text.error());
    std::istringstream lines(*text);
    std::vector<std::string> callers;
    for (std::string line; std::getline(lines, line);) {
      const auto at = line.find(kWait);
      const auto arrow = line.find("<-", at);
      if (line.starts_with("#") || arrow == std::string::npos) continue;
      const auto blank = line.rfind(' ', at);
      const std::uint64_t when =
          std::strtoull(line.c_str() + blank, nullptr, 10);
      if (when >= from && when < to) callers.push_back(line.substr(arrow + 2));
    }
    return callers;
  }

 private:
  [[nodiscard]] Status put(const std::string& file,
                           std::string_view text) const {
    return write_file_at(AT_FDCWD, instance_ + "/" + file, text);
  }

  /// As the kernel's first pid namespace has it: a line of our own says.
  [[nodiscard]] Result<std::string> own_pid() const {
    if (Status done = put("trace_marker", "bulkhead"); !done) {
      return tl::unexpected(done.error());
    }
    const Result<std::string> text =
        read_file(instance_ + "/trace", kMaxTraceBytes);
    if (!text) return tl::unexpected(text.error());
    const auto at = text->find(" [", text->rfind('\n', text->size() - 2));
    const auto dash = text->rfind('-', at);
    if (at == std::string::npos || dash == std::string::npos) {
      return fail("ftrace: a marker left no line");
    }
    return trimmed(text->substr(dash + 1, at - dash - 1));
  }

  std::string mount_point_;
  std::string instance_;
  bool mounted_ = false;
  bool made_ = false;
};

using Callers = std::map<std::string, int>;

/// Waits of one cold start; who waited is counted in `callers`.
Result<double> waits_of(const Ground& ground, const Plan& plan,
                        const Tracer& tracer, Callers& callers) {
  tracer.forget();
  Record record{};
  const std::uint64_t begin = stamp();
  const Result<Times> times = start_once(
      ground, plan, [](const Plan& one) { return start(one); }, &record);
  if (!times) return tl::unexpected(times.error());
  const auto waits = tracer.waits(begin, record.stamp);
  if (!waits) return tl::unexpected(waits.error());
  for (const std::string& caller : *waits) ++callers[caller];
  return static_cast<double>(waits->size());
}

/// "every boundary; 20 starts waited in: namespace_unlock 40 times, …"
std::string about(int rounds, const Callers& callers) {
  std::string text = "every boundary";
  if (callers.empty()) return text;
  text += "; " + std::to_string(rounds) + " starts waited in";
  const char* separator = ": ";
  for (const auto& [caller, times] : callers) {
    text += separator + caller + " " + std::to_string(times) + " times";
    separator = ", ";
  }
  return text;
}

}  // namespace

std::vector<Group> measure_rcu(Ground& ground) {
  Tracer tracer(ground);
  if (const Status ready = tracer.begin(); !ready) {
    ground.absent.push_back({"rcu", "cold", ready.error().message()});
    return {};
  }
  Group group{.name = "rcu",
              .title =
                  "Waits for RCU from the call to the workload's first "
                  "instruction, counted with ftrace",
              .metric = "value",
              .unit = "calls"};
  group.rows.push_back({.name = "cold"});
  Row& row = group.rows.back();
  const Result<Plan> plan = make_plan(ground.hardened("rcu"), ground.host);
  if (!plan) row.error = plan.error().message();
  const int rounds = ground.effort.quick ? 2 : 20;
  Callers callers;
  for (int i = 0; i < rounds && row.error.empty(); ++i) {
    ground.leave_gap();
    const Result<double> waits = waits_of(ground, *plan, tracer, callers);
    if (waits) {
      row.samples["value"].push_back(*waits);
    } else {
      row.error = waits.error().message();
      row.samples.clear();
    }
  }
  row.about = about(rounds, callers);
  return {std::move(group)};
}

}  // namespace bulkhead::bench
