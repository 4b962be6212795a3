#include "verify/facts.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cctype>

#include "runtime/spec/cpu_weight.h"
#include "runtime/spec/limit_names.h"
#include "runtime/spec/names.h"
#include "verify/attribution.h"
#include "verify/facts_confine.h"
#include "verify/syscall_policy.h"

namespace bulkhead::verify {
namespace {

template <class Range, class Show>
std::string joined(const Range& items, std::string_view separator,
                   const Show& show) {
  std::string text;
  bool first = true;
  for (const auto& item : items) {
    if (!first) text += separator;
    first = false;
    text += show(item);
  }
  return text;
}

std::string same(const std::string& text) { return text; }

/// What oci_emit.cpp asks for /dev.
constexpr std::uint64_t kDevBytes = 64ULL << 20;

std::string_view type_of(MountKind kind) {
  switch (kind) {
    case MountKind::kProc:
      return "proc";
    case MountKind::kSysfs:
      return "sysfs";
    case MountKind::kTmpfs:
      return "tmpfs";
    case MountKind::kDevpts:
      return "devpts";
    case MountKind::kMqueue:
      return "mqueue";
    case MountKind::kCgroup:
      return "cgroup";
    case MountKind::kBind:
      break;
  }
  return "bind";
}

std::string flags_of(bool read_only, bool nosuid, bool nodev, bool noexec) {
  std::string flags;
  const auto add = [&](bool set, std::string_view word) {
    if (!set) return;
    if (!flags.empty()) flags += ",";
    flags += word;
  };
  add(read_only, "ro");
  add(nosuid, "nosuid");
  add(nodev, "nodev");
  add(noexec, "noexec");
  return flags;
}

std::string mount_list(const Spec& spec) {
  const Rootfs& root = spec.rootfs;
  std::string text =
      "/:rootfs:" + flags_of(root.read_only, root.nosuid, root.nodev, false);
  if (spec.minimal_dev) text += ";/dev:tmpfs:nosuid";
  for (const Mount& mount : spec.mounts) {
    text += fmt::format(
        ";{}:{}:{}", mount.destination, type_of(mount.kind),
        flags_of(mount.read_only, mount.nosuid, mount.nodev, mount.noexec));
  }
  return text;
}

std::string tmpfs_of(const Spec& spec) {
  // OCI runtimes are told no number of inodes for /dev (oci_emit.cpp).
  std::string text;
  if (spec.minimal_dev) text = fmt::format("/dev {} -", kDevBytes);
  for (const Mount& mount : spec.mounts) {
    if (mount.kind != MountKind::kTmpfs) continue;
    if (!text.empty()) text += ";";
    text += fmt::format("{} {} {}", mount.destination, mount.size_bytes,
                        mount.inodes);
  }
  return text;
}

std::string devices_of(const Spec& spec) {
  constexpr std::string_view kPrefix = "/dev/";
  std::string text;
  for (const DeviceNode& node : spec.devices) {
    if (!node.path.starts_with(kPrefix)) continue;
    text += node.path.substr(kPrefix.size()) + ",";
  }
  return text + "ptmx,pts/ptmx,console";
}

std::string limit_text(std::uint64_t value) {
  return value == RLIM_INFINITY ? "unlimited" : std::to_string(value);
}

void add_resources(const Spec& spec, probes::Facts& facts) {
  const Resources& limits = spec.resources;
  const auto add = [&](const char* name, const auto& value) {
    if (value) facts[name] = std::to_string(*value);
  };
  add("pids.max", limits.pids_max);
  add("memory.max", limits.memory_max_bytes);
  if (limits.cpu_weight) {
    facts["cpu.shares"] = std::to_string(shares_of_weight(*limits.cpu_weight));
    facts["cpu.weight"] =
        std::to_string(std::max(*limits.cpu_weight, kLoosestCpuWeight));
  }
  if (limits.memory_max_bytes && limits.swap_max_bytes) {
    add("memory.swap.max", limits.swap_max_bytes);
    facts["memory.memsw.max"] =
        std::to_string(*limits.memory_max_bytes + *limits.swap_max_bytes);
  }
  if (!limits.cpuset_cpus.empty()) facts["cpuset.cpus"] = limits.cpuset_cpus;
  if (!limits.cpuset_mems.empty()) facts["cpuset.mems"] = limits.cpuset_mems;
  for (const IoLimit& limit : limits.io) {
    if (limit.kind != IoKind::kReadBytes) continue;
    facts["io.read_bps"] +=
        fmt::format("{}:{} {};", limit.major, limit.minor, limit.rate);
  }
  for (const HugepageLimit& limit : limits.hugepages) {
    facts["hugetlb"] += fmt::format(
        "{} {};", hugepage_bytes(limit.page_size).value_or(0), limit.bytes);
  }
  add("cpu.quota_us", limits.cpu_quota_us);
  add("cpu.period_us", limits.cpu_period_us);
  for (const Rlimit& rlimit : spec.process.rlimits) {
    std::string name(rlimit_name(rlimit.resource));
    name.erase(0, std::string_view("RLIMIT_").size());
    std::ranges::transform(name, name.begin(), [](unsigned char c) {
      return static_cast<char>(std::tolower(c));
    });
    facts["rlimit." + name] =
        limit_text(rlimit.soft) + ":" + limit_text(rlimit.hard);
  }
}

void add_identity(const Spec& spec, probes::Facts& facts) {
  const Process& process = spec.process;
  facts["uid"] = std::to_string(process.uid);
  facts["gid"] = std::to_string(process.gid);
  facts["groups"] = joined(process.additional_gids, ",", [](std::uint32_t gid) {
    return std::to_string(gid);
  });
  if (process.oom_score_adj) {
    facts["oom_score_adj"] = std::to_string(*process.oom_score_adj);
  }
  if (process.umask) facts["umask"] = fmt::format("{:04o}", *process.umask);
  if (const auto& caps = process.capabilities) {
    facts["caps.bounding"] = fmt::format("{:x}", caps->bounding);
    facts["caps.effective"] = fmt::format("{:x}", caps->effective);
    facts["caps.permitted"] = fmt::format("{:x}", caps->permitted);
    facts["caps.inheritable"] = fmt::format("{:x}", caps->inheritable);
    facts["caps.ambient"] = fmt::format("{:x}", caps->ambient);
  }
  const auto mapping = [](const IdMapping& map) {
    return fmt::format("{} {} {}", map.container_id, map.host_id, map.size);
  };
  facts["uid_map"] = joined(spec.uid_mappings, ";", mapping);
  facts["gid_map"] = joined(spec.gid_mappings, ";", mapping);
  facts["cwd"] = process.cwd;
  facts["env"] = joined(process.environment, "\n", same);
}

void add_bind(const Spec& spec, probes::Facts& facts) {
  for (const Mount& mount : spec.mounts) {
    if (mount.destination == kBindDestination) {
      facts["bind.destination"] = mount.destination;
      facts["bind.source"] = mount.source;
    }
    if (mount.kind == MountKind::kDevpts && mount.pty_max != 0) {
      facts["pty.max"] = std::to_string(mount.pty_max);
    }
  }
}

}  // namespace

probes::Facts facts_of(const Spec& spec, const std::string& root) {
  probes::Facts facts;
  if (spec.hostname) facts["hostname"] = *spec.hostname;
  if (spec.domainname) facts["domainname"] = *spec.domainname;
  add_resources(spec, facts);
  add_identity(spec, facts);
  if (spec.monotonic_offset) {
    facts["timens.monotonic"] = std::to_string(spec.monotonic_offset->seconds);
  }
  if (spec.boottime_offset) {
    facts["timens.boottime"] = std::to_string(spec.boottime_offset->seconds);
  }
  if (spec.seccomp) {
    facts["seccomp.errno"] = std::to_string(kSentinelErrno);
    facts["seccomp.allowed"] = allowed_numbers(*spec.seccomp);
  }
  add_confinement_facts(spec, facts);
  facts["masked"] = joined(spec.masked_paths, ":", same);
  facts["readonly"] = joined(spec.readonly_paths, ":", same);
  facts["mounts"] = mount_list(spec);
  add_bind(spec, facts);
  facts["sysctls"] = joined(spec.sysctls, ";", [](const auto& sysctl) {
    return sysctl.first + "=" + sysctl.second;
  });
  facts["tmpfs"] = tmpfs_of(spec);
  facts["devices"] = devices_of(spec);
  facts["root"] = root;
  facts["rootfs"] = spec.rootfs.path;
  facts["scratch"] = "/tmp";
  return facts;
}

}  // namespace bulkhead::verify
