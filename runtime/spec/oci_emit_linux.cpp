#include <algorithm>

#include "runtime/spec/cpu_weight.h"
#include "runtime/spec/defaults.h"
#include "runtime/spec/limit_names.h"
#include "runtime/spec/names.h"
#include "runtime/spec/oci_emit.h"
#include "runtime/spec/seccomp_names.h"

namespace bulkhead::oci {
namespace {

Json emit_namespaces(const Spec& spec) {
  Json namespaces = Json::array();
  for (std::size_t i = 0; i < kNamespaceKinds; ++i) {
    const Namespace& ns = spec.namespaces[i];
    if (ns.mode == NamespaceMode::kHost) continue;
    Json entry = {{"type", oci_name_of(static_cast<NamespaceKind>(i))}};
    if (ns.mode == NamespaceMode::kJoin) entry["path"] = ns.path;
    namespaces.push_back(std::move(entry));
  }
  return namespaces;
}

Json emit_mappings(const std::vector<IdMapping>& mappings) {
  Json list = Json::array();
  for (const IdMapping& mapping : mappings) {
    list.push_back({{"containerID", mapping.container_id},
                    {"hostID", mapping.host_id},
                    {"size", mapping.size}});
  }
  return list;
}

Json emit_offset(const ClockOffset& offset) {
  return {{"secs", offset.seconds}, {"nanosecs", offset.nanoseconds}};
}

Json emit_devices(const Spec& spec) {
  const std::vector<DeviceNode> defaults = default_devices();
  Json list = Json::array();
  for (const DeviceNode& node : spec.devices) {
    // Every runtime makes these by itself.
    if (spec.minimal_dev &&
        std::find(defaults.begin(), defaults.end(), node) != defaults.end()) {
      continue;
    }
    Json entry = {{"path", node.path}, {"type", std::string(1, node.type)}};
    if (node.type != 'p') {
      entry["major"] = node.major;
      entry["minor"] = node.minor;
    }
    entry["fileMode"] = node.mode;
    entry["uid"] = node.uid;
    entry["gid"] = node.gid;
    list.push_back(std::move(entry));
  }
  return list;
}

Json emit_device_rule(const DeviceRule& rule) {
  Json entry = {{"allow", rule.allow}};
  if (rule.type != 'a') entry["type"] = std::string(1, rule.type);
  if (rule.major) entry["major"] = *rule.major;
  if (rule.minor) entry["minor"] = *rule.minor;
  entry["access"] = rule.access;
  return entry;
}

Json emit_cpu(const Resources& resources) {
  Json cpu;
  if (resources.cpu_weight) {
    cpu["shares"] = shares_of_weight(*resources.cpu_weight);
  }
  if (resources.cpu_quota_us) cpu["quota"] = *resources.cpu_quota_us;
  if (resources.cpu_period_us) cpu["period"] = *resources.cpu_period_us;
  if (!resources.cpuset_cpus.empty()) cpu["cpus"] = resources.cpuset_cpus;
  if (!resources.cpuset_mems.empty()) cpu["mems"] = resources.cpuset_mems;
  return cpu;
}

Json emit_rule(const SeccompRule& rule) {
  Json entry = {{"names", rule.names}, {"action", name_of(rule.action)}};
  if (rule.errno_return) entry["errnoRet"] = *rule.errno_return;
  if (rule.arguments.empty()) return entry;
  Json arguments = Json::array();
  for (const SeccompArgument& argument : rule.arguments) {
    arguments.push_back({{"index", argument.index},
                         {"value", argument.value},
                         {"valueTwo", argument.value_two},
                         {"op", name_of(argument.compare)}});
  }
  entry["args"] = std::move(arguments);
  return entry;
}

}  // namespace

Json emit_resources(const Spec& spec) {
  const Resources& resources = spec.resources;
  Json json = Json::object();
  if (!resources.devices.empty()) {
    Json rules = Json::array();
    for (const DeviceRule& rule : resources.devices) {
      rules.push_back(emit_device_rule(rule));
    }
    json["devices"] = std::move(rules);
  }
  if (resources.memory_max_bytes) {
    json["memory"]["limit"] = *resources.memory_max_bytes;
    // Memory and swap together; without the first there is no word for it.
    if (resources.swap_max_bytes) {
      json["memory"]["swap"] =
          *resources.memory_max_bytes + *resources.swap_max_bytes;
    }
  }
  if (Json cpu = emit_cpu(resources); !cpu.is_null()) {
    json["cpu"] = std::move(cpu);
  }
  for (const IoLimit& limit : resources.io) {
    const auto kind = static_cast<std::size_t>(limit.kind);
    json["blockIO"][std::string(kIoMembers[kind])].push_back(
        {{"major", limit.major}, {"minor", limit.minor}, {"rate", limit.rate}});
  }
  for (const HugepageLimit& limit : resources.hugepages) {
    json["hugepageLimits"].push_back(
        {{"pageSize", limit.page_size}, {"limit", limit.bytes}});
  }
  if (resources.pids_max) json["pids"]["limit"] = *resources.pids_max;
  // A runtime on cgroup v1 refuses the whole file for any `unified`, and OCI
  // has no word for "if you can".
  if (resources.oom_group && !spec.prefer.contains("cgroup.memory.oom.group")) {
    json["unified"]["memory.oom.group"] = *resources.oom_group ? "1" : "0";
  }
  return json;
}

Json emit_seccomp(const Seccomp& seccomp) {
  Json json = {{"defaultAction", name_of(seccomp.default_action)}};
  if (seccomp.default_errno_return) {
    json["defaultErrnoRet"] = *seccomp.default_errno_return;
  }
  if (!seccomp.architectures.empty()) {
    json["architectures"] = seccomp.architectures;
  }
  Json rules = Json::array();
  for (const SeccompRule& rule : seccomp.rules) {
    rules.push_back(emit_rule(rule));
  }
  json["syscalls"] = std::move(rules);
  return json;
}

Json emit_linux(const Spec& spec) {
  Json json;
  json["namespaces"] = emit_namespaces(spec);
  if (!spec.uid_mappings.empty()) {
    json["uidMappings"] = emit_mappings(spec.uid_mappings);
  }
  if (!spec.gid_mappings.empty()) {
    json["gidMappings"] = emit_mappings(spec.gid_mappings);
  }
  if (spec.monotonic_offset) {
    json["timeOffsets"]["monotonic"] = emit_offset(*spec.monotonic_offset);
  }
  if (spec.boottime_offset) {
    json["timeOffsets"]["boottime"] = emit_offset(*spec.boottime_offset);
  }
  if (Json devices = emit_devices(spec); !devices.empty()) {
    json["devices"] = std::move(devices);
  }
  json["resources"] = emit_resources(spec);
  if (!spec.cgroups_path.empty()) json["cgroupsPath"] = spec.cgroups_path;
  if (spec.seccomp) json["seccomp"] = emit_seccomp(*spec.seccomp);
  for (const auto& [name, value] : spec.sysctls) json["sysctl"][name] = value;
  if (!spec.labels.mount.empty()) json["mountLabel"] = spec.labels.mount;
  json["maskedPaths"] = spec.masked_paths;
  json["readonlyPaths"] = spec.readonly_paths;
  return json;
}

}  // namespace bulkhead::oci
