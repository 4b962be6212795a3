// The second oracle on limits: somebody outside reads the files of the cgroup
// in which whoever asks is. What the container itself sees does not matter.
#include <algorithm>
#include <array>
#include <map>

#include "probes/support/bystander.h"
#include "probes/support/cpuset.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::cgroup_limits_as_asked {
namespace {

struct Limit {
  const char* fact;
  const char* controller;
  const char* v1_file;
  const char* v2_file;
  int word;  // Which word of the v2 file.
};
constexpr std::array kLimits = {
    Limit{"pids.max", "pids", "pids.max", "pids.max", 0},
    Limit{"memory.max", "memory", "memory.limit_in_bytes", "memory.max", 0},
    // v1 counts memory and swap together.
    Limit{"memory.swap.max", "memory", "", "memory.swap.max", 0},
    Limit{"memory.memsw.max", "memory", "memory.memsw.limit_in_bytes", "", 0},
    Limit{"cpu.quota_us", "cpu", "cpu.cfs_quota_us", "cpu.max", 0},
    Limit{"cpu.period_us", "cpu", "cpu.cfs_period_us", "cpu.max", 1},
    Limit{"cpu.shares", "cpu", "cpu.shares", "", 0},
    Limit{"cpu.weight", "cpu", "", "cpu.weight", 0},
    // v2: what is asked for and what is in force are two files.
    Limit{"cpuset.cpus", "cpuset", "cpuset.cpus", "cpuset.cpus.effective", 0},
    Limit{"cpuset.mems", "cpuset", "cpuset.mems", "cpuset.mems.effective", 0}};

constexpr const char* kHierarchies = "/sys/fs/cgroup/";

// Where a process is: "memory" -> "/path"; "" for cgroup2.
std::map<std::string, std::string> cgroups_of(pid_t pid) {
  std::map<std::string, std::string> paths;
  const auto text = slurp("/proc/" + std::to_string(pid) + "/cgroup");
  for (const std::string& line : split(text.value_or(""), '\n')) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string names = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (names.empty()) paths[""] = path;
    for (const std::string& name : split(names, ',')) paths[name] = path;
  }
  return paths;
}

// The `which`-th word of a file; empty if there is none.
std::string word_of(const std::string& path, int which) {
  std::string text = slurp(path, 256).value_or("");
  std::ranges::replace(text, '\n', ' ');
  const auto words = split(text, ' ');
  const auto at = static_cast<std::size_t>(which);
  return at < words.size() ? words[at] : "";
}

// The limit of a cgroup and of those above it, up to the box's own: a runtime
// may put the limits on one and the process into another below it.
std::string values_of(const Limit& limit,
                      const std::map<std::string, std::string>& paths) {
  const auto v1 = paths.find(limit.controller);
  const auto found = v1 != paths.end() ? v1 : paths.find("");
  const std::string_view file =
      v1 != paths.end() ? limit.v1_file : limit.v2_file;
  if (found == paths.end() || file.empty()) return "";
  std::string values;
  for (std::string path = found->second; path.size() > 1;
       path.resize(path.rfind('/'))) {
    const std::string value =
        v1 != paths.end()
            ? word_of(kHierarchies + std::string(limit.controller) + path +
                          "/" + limit.v1_file,
                      0)
            : word_of(kHierarchies + path + "/" + limit.v2_file, limit.word);
    if (!value.empty()) values += value + " ";
  }
  return values;
}

std::string describe(pid_t pid) {
  const auto paths = cgroups_of(pid);
  std::string text;
  for (const Limit& limit : kLimits) {
    text += std::string(limit.fact) + "=" + values_of(limit, paths) + ";";
  }
  return text;
}

// A set is a list of numbers, and may be smaller.
bool holds_set(const std::vector<std::string>& values,
               const std::string& asked) {
  const auto most = listed(asked);
  return std::ranges::any_of(values, [&](const std::string& text) {
    const auto have = listed(text);
    return !have.empty() && std::ranges::includes(most, have);
  });
}

// A period may be longer, everything else smaller: that is stricter.
bool holds(const std::string& fact, const std::vector<std::string>& values,
           const std::string& asked) {
  if (fact.starts_with("cpuset.")) return holds_set(values, asked);
  const auto most = number(asked);
  return most && std::ranges::any_of(values, [&](const std::string& text) {
           // "max" is no number, and "-1" is a large one.
           const auto value = number(text);
           if (!value) return false;
           return fact == "cpu.period_us" ? *value >= *most : *value <= *most;
         });
}

Observation attempt(Inside& inside) {
  const auto answer = ask_bystander(inside);
  if (!answer) return broken("the bystander: " + errno_name(errno));
  Tally tally;
  bool any = false;
  for (const std::string& line : split(*answer, ';')) {
    const std::string fact = line.substr(0, line.find('='));
    const auto values = split(line.substr(line.find('=') + 1), ' ');
    const std::string asked = inside.spec(fact);
    if (asked.empty()) continue;
    any = true;
    if (values.empty()) {
      tally.add(fact, absent("no such controller outside"));
    } else if (holds(fact, values, asked)) {
      tally.add(fact, refused(0, asked));
    } else {
      tally.add(fact, reached("is " + values.front() + ", asked for " + asked));
    }
  }
  return any ? tally.result() : fact_missing("pids.max, memory.max, cpu.*");
}

bool plant(Outside& outside) {
  return start_bystander(outside, [](const ucred& caller, const std::string&) {
    return describe(caller.pid);
  });
}

const Register kProbe{{
    .id = "cgroup/limits-as-asked",
    .claim = "The limits in force are no looser than those asked for.",
    .watches = {"cgroup"},
    .references = {"OCI linux.resources", "cgroups(7)", "CIS Docker 5.10",
                   "CIS Docker 5.11"},
    .remedy = "Write every limit before the workload starts, and read it back.",
    .attempt = attempt,
    .witness = [](Inside& inside) { return read_bound_file(inside, "plain"); },
    .plant = plant,
    .clean = stop_bystander,
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::cgroup_limits_as_asked
