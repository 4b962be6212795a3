#include "verify/feature_values.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>

#include "runtime/spec/cpu_weight.h"
#include "runtime/spec/names.h"

namespace bulkhead::verify {
namespace {

std::string mount_options(const Mount& mount) {
  std::string options = mount.read_only ? "ro" : "rw";
  if (mount.nosuid) options += ",nosuid";
  if (mount.nodev) options += ",nodev";
  if (mount.noexec) options += ",noexec";
  return options;
}

std::string lower(std::string_view text) {
  std::string copy(text);
  std::ranges::transform(copy, copy.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return copy;
}

std::string limit_of(std::uint64_t value, const char* unlimited) {
  return value == RLIM_INFINITY ? unlimited : std::to_string(value);
}

}  // namespace

Occurrences text_of(const std::optional<std::string>& text) {
  return once_if(text.has_value(), {{"value", text.value_or("")}});
}

Occurrences offset_of(const std::optional<ClockOffset>& offset) {
  return once_if(offset.has_value(),
                 {{"value", std::to_string(offset ? offset->seconds : 0)}});
}

Occurrences new_namespace(const Spec& spec, NamespaceKind kind) {
  return once_if(spec.ns(kind).mode == NamespaceMode::kNew);
}

Occurrences user_namespace(const Spec& spec) {
  if (new_namespace(spec, NamespaceKind::kUser).empty()) return {};
  const IdMapping map =
      spec.uid_mappings.empty() ? IdMapping{} : spec.uid_mappings.front();
  return {{{"inner", std::to_string(map.container_id)},
           {"outer", std::to_string(map.host_id)},
           {"count", std::to_string(map.size)}}};
}

Occurrences mounts_of(const Spec& spec, MountKind kind) {
  Occurrences asked;
  for (const Mount& mount : spec.mounts) {
    if (mount.kind != kind) continue;
    asked.push_back(
        {{"source", mount.source},
         {"destination", mount.destination},
         {"relative", mount.destination.substr(1)},
         {"options", mount_options(mount)},
         {"size", std::to_string(mount.size_bytes)},
         {"inodes", std::to_string(mount.inodes)},
         {"mode", fmt::format("{:04o}", mount.mode)},
         {"ptys", std::to_string(mount.pty_max != 0 ? mount.pty_max
                                                    : kDefaultPtyMax)}});
  }
  return asked;
}

Occurrences those_here(const std::vector<std::string>& paths,
                       std::string_view below) {
  Occurrences asked;
  for (const std::string& path : paths) {
    struct stat status {};
    if (!path.starts_with(below) || stat(path.c_str(), &status) != 0) continue;
    const bool directory = S_ISDIR(status.st_mode);
    asked.push_back({{"value", path},
                     {"relative", path.substr(1)},
                     {"cover-source", directory ? "tmpfs" : "/dev/null"},
                     {"cover-type", directory ? "tmpfs" : "none"},
                     {"cover-options", directory ? "ro,nosuid,nodev,noexec"
                                                 : "bind,ro,nosuid,noexec"}});
  }
  return asked;
}

Occurrences pairs_of(
    const std::vector<std::pair<std::string, std::string>>& pairs) {
  Occurrences asked;
  for (const auto& [name, value] : pairs) {
    asked.push_back({{"name", name}, {"value", value}});
  }
  return asked;
}

Occurrences environment_of(const Spec& spec) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& variable : spec.process.environment) {
    const auto equals = variable.find('=');
    if (equals == std::string::npos) continue;
    pairs.emplace_back(variable.substr(0, equals), variable.substr(equals + 1));
  }
  return pairs_of(pairs);
}

Occurrences rlimits_of(const Spec& spec, bool of_address_space) {
  constexpr std::string_view kPrefix = "RLIMIT_";
  Occurrences asked;
  for (const Rlimit& rlimit : spec.process.rlimits) {
    if ((rlimit.resource == RLIMIT_AS) != of_address_space) continue;
    const auto name = rlimit_name(rlimit.resource).substr(kPrefix.size());
    asked.push_back({{"name", std::string(name)},
                     {"lower", lower(name)},
                     {"soft", limit_of(rlimit.soft, "infinity")},
                     {"hard", limit_of(rlimit.hard, "infinity")},
                     {"soft-number", limit_of(rlimit.soft, "-1")},
                     {"hard-number", limit_of(rlimit.hard, "-1")},
                     {"soft-word", limit_of(rlimit.soft, "unlimited")},
                     {"hard-word", limit_of(rlimit.hard, "unlimited")}});
  }
  return asked;
}

Occurrences capabilities_of(const Spec& spec) {
  const auto& asked = spec.process.capabilities;
  if (!asked || asked->bounding == 0) return {};
  std::string names;
  for (const std::string& name : capability_names(asked->bounding)) {
    names += (names.empty() ? "" : ",") + name;
  }
  return {{{"value", names}, {"lower", lower(names)}}};
}

Occurrences device_rules_of(const Spec& spec) {
  const auto number = [](const std::optional<std::uint32_t>& value) {
    return value ? std::to_string(*value) : "*";
  };
  Occurrences asked;
  for (const DeviceRule& rule : spec.resources.devices) {
    const bool all = rule.type == 'a' && !rule.major && !rule.minor;
    asked.push_back(
        {{"verb", rule.allow ? "allow" : "deny"},
         {"rule",
          all ? "a"
              : fmt::format("{} {}:{} {}", rule.type, number(rule.major),
                            number(rule.minor), rule.access)}});
  }
  return asked;
}

Occurrences groups_of(const Spec& spec) {
  std::string groups;
  for (const std::uint32_t gid : spec.process.additional_gids) {
    groups += (groups.empty() ? "" : ",") + std::to_string(gid);
  }
  return once_if(!groups.empty(), {{"value", groups}});
}

Occurrences cpu_quota_of(const Spec& spec) {
  const Resources& limits = spec.resources;
  if (!limits.cpu_quota_us) return {};
  return {{{"quota", std::to_string(*limits.cpu_quota_us)},
           {"period", std::to_string(limits.cpu_period_us.value_or(100'000))}}};
}

Occurrences cpu_weight_of(const Spec& spec) {
  const auto& weight = spec.resources.cpu_weight;
  if (!weight) return {};
  return {{{"weight", std::to_string(*weight)},
           {"shares", std::to_string(shares_of_weight(*weight))}}};
}

Occurrences swap_of(const Spec& spec) {
  const Resources& limits = spec.resources;
  if (!limits.swap_max_bytes) return {};
  return {{{"value", std::to_string(*limits.swap_max_bytes)},
           {"total", std::to_string(limits.memory_max_bytes.value_or(0) +
                                    *limits.swap_max_bytes)}}};
}

}  // namespace bulkhead::verify
