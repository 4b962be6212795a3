#include <cmath>
#include <cstdlib>
#include <limits>

#include "runtime/spec/cpu_list.h"
#include "runtime/spec/cpu_weight.h"
#include "runtime/spec/flags_problems.h"
#include "runtime/spec/mount_options.h"
#include "runtime/spec/paths.h"
#include "runtime/spec/presets.h"
#include "runtime/spec/validate.h"
#include "runtime/spec/without.h"

namespace bulkhead {
namespace flags {
namespace {

constexpr std::int64_t kPeriodUs = 100000;

/// A limit, or "max" for none.
template <class Number>
void apply_limit(std::string_view flag, const std::optional<std::string>& value,
                 std::optional<std::uint64_t> (*read)(std::string_view),
                 std::string_view wanted, std::optional<Number>& target,
                 Problems& problems) {
  if (!value) return;
  if (*value == "max") {
    target.reset();
    return;
  }
  const auto number = read(*value);
  if (!number || *number > static_cast<std::uint64_t>(
                               std::numeric_limits<std::int64_t>::max())) {
    problems.add(flag, *value, wanted);
    return;
  }
  target = static_cast<Number>(*number);
}

std::optional<std::uint64_t> count_named(std::string_view text) {
  const auto number = number_named(text);
  return number && *number > 0 ? number : std::nullopt;
}

std::optional<std::uint64_t> weight_named(std::string_view text) {
  const auto number = number_named(text);
  return number && *number >= kMinCpuWeight && *number <= kMaxCpuWeight
             ? number
             : std::nullopt;
}

void apply_cpus(const std::string& value, Resources& resources,
                Problems& problems) {
  if (value == "max") {
    resources.cpu_quota_us.reset();
    resources.cpu_period_us.reset();
    return;
  }
  char* end = nullptr;
  const double cpus = std::strtod(value.c_str(), &end);
  const double quota = cpus * static_cast<double>(kPeriodUs);
  if (value.empty() || *end != '\0' || !std::isfinite(cpus) ||
      quota < static_cast<double>(kMinCpuQuotaUs) || quota > 1e12) {
    problems.add("--cpus", value, "a number from 0.01, such as 1.5, or max");
    return;
  }
  resources.cpu_quota_us = std::llround(quota);
  resources.cpu_period_us = static_cast<std::uint64_t>(kPeriodUs);
}

void apply_cpu_list(std::string_view flag,
                    const std::optional<std::string>& value, std::uint64_t most,
                    std::string& target, Problems& problems) {
  if (!value) return;
  const auto list = cpu_list(*value, most);
  if (!list) {
    problems.add(
        flag, *value,
        std::string(kCpuListWanted) + ", up to " + std::to_string(most));
    return;
  }
  target = *list;
}

void apply_mappings(std::string_view flag,
                    const std::vector<std::string>& values,
                    std::vector<IdMapping>& target, Problems& problems) {
  if (values.empty()) return;
  target.clear();
  for (const std::string& value : values) {
    const std::size_t first = value.find(':');
    const std::size_t second =
        first == std::string::npos ? first : value.find(':', first + 1);
    if (second == std::string::npos) {
      problems.add(flag, value, "CONTAINER:HOST:SIZE is wanted");
      continue;
    }
    const auto container = number_named(value.substr(0, first));
    const auto host = number_named(value.substr(first + 1, second - first - 1));
    const auto size = number_named(value.substr(second + 1));
    constexpr std::uint64_t kMax = 0xffffffff;
    if (!container || !host || !size || *container > kMax || *host > kMax ||
        *size > kMax || *size == 0) {
      problems.add(flag, value, "three numbers are wanted, the last above 0");
      continue;
    }
    target.push_back({static_cast<std::uint32_t>(*container),
                      static_cast<std::uint32_t>(*host),
                      static_cast<std::uint32_t>(*size)});
  }
}

void apply_sysctls(const SpecFlags& flags, Spec& spec, Problems& problems) {
  for (const std::string& value : flags.sysctls) {
    const std::size_t equals = value.find('=');
    if (equals == 0 || equals == std::string::npos) {
      problems.add("--sysctl", value, "NAME=VALUE is wanted");
      continue;
    }
    spec.sysctls.emplace_back(value.substr(0, equals),
                              value.substr(equals + 1));
  }
}

void apply_sabotage(const SpecFlags& flags, Spec& spec, Problems& problems) {
  spec.unsafe = flags.unsafe;
  for (const std::string& value : flags.prefer) {
    if (!boundary_named(value.substr(0, value.find('.')))) {
      problems.add("--prefer", value,
                   "a boundary or boundary.feature is wanted, such as "
                   "cgroup.memory.oom.group");
    }
    spec.prefer.insert(value);
  }
  for (const std::string& value : flags.without) {
    if (const auto boundary = boundary_named(value)) {
      remove_boundary(spec, *boundary);
      continue;
    }
    std::string names;
    for (const std::string_view name : kBoundaryNames) {
      names += " " + std::string(name);
    }
    problems.add("--without", value, "one of" + names + " is wanted");
  }
  spec.skipped_steps.insert(flags.skipped_steps.begin(),
                            flags.skipped_steps.end());
}

}  // namespace

void apply_namespaces(const SpecFlags& flags, Spec& spec, Problems& problems) {
  for (std::size_t i = 0; i < kNamespaceKinds; ++i) {
    const auto& value = flags.namespaces[i];
    if (!value) continue;
    const auto kind = static_cast<NamespaceKind>(i);
    if (*value == "new") {
      spec.ns(kind) = {NamespaceMode::kNew, {}};
    } else if (*value == "host") {
      share_namespace(spec, kind, {});
    } else if (value->find('/') != std::string::npos) {
      share_namespace(spec, kind,
                      {NamespaceMode::kJoin, absolute_path(*value)});
    } else {
      problems.add(kNamespaceFlags[i], *value,
                   "new, host or a path such as /proc/1/ns/net is wanted");
    }
  }
  apply_mappings("--uidmap", flags.uid_mappings, spec.uid_mappings, problems);
  apply_mappings("--gidmap", flags.gid_mappings, spec.gid_mappings, problems);
  if (flags.hostname) spec.hostname = flags.hostname;
  if (flags.domainname) spec.domainname = flags.domainname;
  apply_sysctls(flags, spec, problems);
}

void apply_resources(const SpecFlags& flags, Spec& spec, Problems& problems) {
  Resources& resources = spec.resources;
  constexpr std::string_view kSize = "a size such as 64M, or max, is wanted";
  apply_limit("--memory", flags.memory, size_named, kSize,
              resources.memory_max_bytes, problems);
  apply_limit("--swap", flags.swap, size_named, kSize, resources.swap_max_bytes,
              problems);
  apply_limit("--pids", flags.pids, count_named,
              "a number above 0, or max, is wanted", resources.pids_max,
              problems);
  apply_limit("--cpu-weight", flags.cpu_weight, weight_named,
              "1 to 10000, or max for no weight, is wanted",
              resources.cpu_weight, problems);
  if (flags.cpus) apply_cpus(*flags.cpus, resources, problems);
  apply_cpu_list("--cpuset-cpus", flags.cpuset_cpus, kMaxCpu,
                 resources.cpuset_cpus, problems);
  apply_cpu_list("--cpuset-mems", flags.cpuset_mems, kMaxMemoryNode,
                 resources.cpuset_mems, problems);
  apply_limits(flags, spec, problems);
  if (!flags.cgroups_path) return;
  if (has_dot_dot(*flags.cgroups_path) || flags.cgroups_path->empty()) {
    problems.add("--cgroup-path", *flags.cgroups_path,
                 "a path without \"..\" is wanted");
  } else {
    spec.cgroups_path = *flags.cgroups_path;
  }
}

}  // namespace flags

Result<Spec> spec_from_flags(const SpecFlags& flags) {
  const auto preset = preset_named(flags.preset);
  if (!preset) return within("--preset", preset.error());
  Spec spec = make_preset(*preset);
  flags::Problems problems;
  // The order matters: a mount into a shared namespace is replaced only if it
  // is there, ids decide what is ambient, and sabotage has the last word.
  flags::apply_namespaces(flags, spec, problems);
  flags::apply_mounts(flags, spec, problems);
  flags::apply_process(flags, spec, problems);
  const bool changed = flags::apply_capabilities(flags, spec, problems);
  flags::apply_seccomp(flags, changed, spec, problems);
  flags::apply_confinement(flags, spec, problems);
  flags::apply_resources(flags, spec, problems);
  flags::apply_sabotage(flags, spec, problems);
  if (problems.any()) {
    return fail(problems.text(), 0, {}, ErrorKind::kUsage);
  }
  return spec;
}

Result<std::uint64_t> parse_size(std::string_view text) {
  const auto size = size_named(text);
  if (!size) {
    return fail("\"" + std::string(text) + "\" is no size", 0,
                "a number with K, M, G or T, such as 64M", ErrorKind::kUsage);
  }
  return *size;
}

}  // namespace bulkhead
