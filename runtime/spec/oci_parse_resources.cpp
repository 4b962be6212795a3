#include <algorithm>

#include "runtime/spec/cpu_list.h"
#include "runtime/spec/cpu_weight.h"
#include "runtime/spec/defaults.h"
#include "runtime/spec/oci_parse.h"

namespace bulkhead::oci {
namespace {

/// A limit of which -1, and what else `unset` holds, means "none".
std::optional<std::int64_t> parse_limit(Object& object, std::string_view member,
                                        bool zero_is_unset) {
  const auto node = object.take(member);
  const auto limit = node ? node->integer(-1) : std::nullopt;
  if (!limit || *limit == -1 || (*limit == 0 && zero_is_unset)) {
    return std::nullopt;
  }
  return limit;
}

void parse_swap(const Node& node, std::int64_t swap, Resources& resources) {
  // OCI counts memory and swap together, as cgroup v1 does.
  if (!resources.memory_max_bytes) {
    node.complain("a limit of memory and swap together needs memory.limit");
  } else if (swap < *resources.memory_max_bytes) {
    node.complain("counts memory and swap together and is below memory.limit");
  } else {
    resources.swap_max_bytes = swap - *resources.memory_max_bytes;
  }
}

void parse_memory(const Node& node, Resources& resources) {
  Object memory(node);
  resources.memory_max_bytes = parse_limit(memory, "limit", true);
  if (const auto swap = parse_limit(memory, "swap", true)) {
    parse_swap(*memory.take("swap"), *swap, resources);
  }
  for (const char* number : {"reservation", "kernel", "kernelTCP"}) {
    refuse_number(memory, number);
  }
  memory.refuse("swappiness");
  memory.refuse("disableOOMKiller");
  memory.refuse("checkBeforeUpdate");
  memory.accept("useHierarchy");  // Since 5.11 there is nothing else.
}

/// Empty asks for nothing.
void parse_cpu_list(Object& cpu, std::string_view member, std::uint64_t most,
                    std::string& target) {
  const auto node = cpu.take(member);
  const auto text = node ? node->string() : std::nullopt;
  if (!text || text->empty()) return;
  const auto list = cpu_list(*text, most);
  if (!list) {
    node->complain("\"" + *text + "\": " + std::string(kCpuListWanted) +
                   ", up to " + std::to_string(most));
    return;
  }
  target = *list;
}

void parse_cpu(const Node& node, Resources& resources) {
  Object cpu(node);
  resources.cpu_quota_us = parse_limit(cpu, "quota", true);
  if (const auto period = cpu.take("period")) {
    const auto number = period->unsigned_integer();
    if (number && *number != 0) resources.cpu_period_us = *number;
  }
  if (const auto shares = cpu.take("shares")) {
    const auto number = shares->integer(0, kMaxCpuShares);
    if (number && *number == 1) {
      shares->complain("1 is below the minimum of 2");
    } else if (number && *number != 0) {
      resources.cpu_weight =
          weight_of_shares(static_cast<std::uint64_t>(*number));
    }
  }
  for (const char* number :
       {"burst", "realtimeRuntime", "realtimePeriod", "idle"}) {
    refuse_number(cpu, number);
  }
  parse_cpu_list(cpu, "cpus", kMaxCpu, resources.cpuset_cpus);
  parse_cpu_list(cpu, "mems", kMaxMemoryNode, resources.cpuset_mems);
}

void parse_pids(const Node& node, Resources& resources) {
  Object pids(node);
  const auto limit = pids.take("limit");
  const auto number = limit ? limit->integer(-1) : std::nullopt;
  if (number && *number == 0) {
    limit->complain(
        "0 is \"none\" to some runtimes and \"no process\" to "
        "others; say -1 or a number above 0");
  } else if (number && *number > 0) {
    resources.pids_max = *number;
  }
}

std::optional<std::uint32_t> parse_device_number(Object& object,
                                                 std::string_view member) {
  const auto node = object.take(member);
  const auto number = node ? node->integer(-1, 0xffffffff) : std::nullopt;
  if (!number || *number == -1) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

void parse_device_rule(const Node& node, std::vector<DeviceRule>& rules) {
  Object object(node);
  DeviceRule rule;
  if (const auto allow = object.require("allow", "true or false")) {
    rule.allow = allow->boolean().value_or(false);
  }
  std::string type;
  object.into("type", type);
  if (type == "c" || type == "b" || type == "a") {
    rule.type = type[0];
  } else if (!type.empty()) {
    node.complain_at("type", "\"" + type + "\" is no device: a, c or b");
  }
  rule.major = parse_device_number(object, "major");
  rule.minor = parse_device_number(object, "minor");
  std::string access;
  object.into("access", access);
  if (access.find_first_not_of("rwm") != std::string::npos) {
    node.complain_at("access", "\"" + access + "\" is not made of r, w and m");
  } else if (!access.empty()) {
    rule.access = access;
  }
  rules.push_back(std::move(rule));
}

void parse_device_rules(const Node& node, std::vector<DeviceRule>& rules) {
  for (const Node& entry : node.list()) parse_device_rule(entry, rules);
  if (rules.empty()) return;
  // The nodes that every runtime provides may be opened whatever the file says
  // (config-linux.md, "Default Devices"); later lines win.
  for (const DeviceRule& rule : default_device_rules()) {
    if (std::find(rules.begin(), rules.end(), rule) == rules.end()) {
      rules.push_back(rule);
    }
  }
}

void parse_unified(const Node& node, Resources& resources) {
  Object unified(node);
  const auto group = unified.take("memory.oom.group");
  const auto text = group ? group->string() : std::nullopt;
  if (text && (*text == "0" || *text == "1")) {
    resources.oom_group = *text == "1";
  } else if (text) {
    group->complain("\"" + *text + "\" is neither \"0\" nor \"1\"");
  }
}

}  // namespace

void refuse_number(Object& object, std::string_view member) {
  const auto node = object.take(member);
  if (!node || node->value() == 0) return;
  node->complain(
      "not implemented, and it would change the isolation: remove "
      "it",
      true);
}

void parse_resources(const Node& node, Resources& resources) {
  Object object(node);
  if (const auto memory = object.take("memory")) {
    parse_memory(*memory, resources);
  }
  if (const auto cpu = object.take("cpu")) parse_cpu(*cpu, resources);
  if (const auto pids = object.take("pids")) parse_pids(*pids, resources);
  if (const auto devices = object.take("devices")) {
    parse_device_rules(*devices, resources.devices);
  }
  if (const auto unified = object.take("unified")) {
    parse_unified(*unified, resources);
  }
  if (const auto block = object.take("blockIO")) {
    parse_block_io(*block, resources.io);
  }
  if (const auto pages = object.take("hugepageLimits")) {
    parse_hugepages(*pages, resources.hugepages);
  }
  object.refuse("network");
  object.refuse("rdma");
}

}  // namespace bulkhead::oci
