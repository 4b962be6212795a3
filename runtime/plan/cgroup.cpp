// cgroup: limits written and read back before the child exists; the child is
// born inside (v2, CLONE_INTO_CGROUP) or moves itself as its first act (v1).
#include <unistd.h>

#include <algorithm>
#include <set>

#include "runtime/plan/builder.h"
#include "runtime/plan/cgroup_limits.h"
#include "runtime/plan/cgroup_steps.h"
#include "runtime/plan/device_rules.h"

namespace bulkhead {
namespace {

/// Whether every write lands in a v2 controller.
bool v2_carries(const CgroupLayout& layout,
                const std::vector<CgroupWrite>& writes) {
  return !layout.v2_mount.empty() &&
         std::all_of(writes.begin(), writes.end(), [&](const CgroupWrite& w) {
           return layout.v2_has(w.controller);
         });
}

std::string directory_path(const Spec& spec) {
  std::string path = spec.cgroups_path;
  while (!path.empty() && path.front() == '/') path.erase(path.begin());
  return path;
}

/// Where v2 has some of the controllers, drops the writes of those that no
/// hierarchy carries, as far as the spec allows it: one that may be missing
/// must not take the others along.
Status drop_uncarried(Builder& builder, std::vector<CgroupWrite>& writes) {
  const CgroupLayout& layout = builder.host.cgroups;
  const auto in_v2 = [&](const CgroupWrite& write) {
    return layout.v2_has(write.controller);
  };
  if (layout.v2_mount.empty() || std::ranges::none_of(writes, in_v2)) return {};
  std::set<std::string> told;
  for (const CgroupWrite& write : writes) {
    if (in_v2(write) || layout.v1.contains(write.controller) ||
        !told.insert(write.feature).second) {
      continue;
    }
    if (Status status = builder.lacks(
            write.feature,
            "no cgroup hierarchy carries the controller " + write.controller,
            "");
        !status) {
      return status;
    }
  }
  std::erase_if(writes, [&](const CgroupWrite& write) {
    return told.contains(write.feature);
  });
  return {};
}

/// Drops writes whose file this host lacks, as far as the spec allows it.
Status drop_missing(Builder& builder, CgroupPlan& cgroup) {
  std::vector<CgroupWrite> kept;
  for (CgroupWrite& write : cgroup.writes) {
    const auto hierarchy = builder.host.cgroups.v1.find(write.controller);
    const bool v1 = !cgroup.into_by_clone;
    bool there = true;
    std::string why;
    if (v1 && hierarchy == builder.host.cgroups.v1.end()) {
      there = false;
      why = "no cgroup hierarchy carries the controller " + write.controller;
    } else if (v1 && write.file == "memory.memsw.limit_in_bytes") {
      there = access((hierarchy->second + "/" + write.file).c_str(), F_OK) == 0;
      why = "the kernel does no swap accounting (boot with swapaccount=1)";
    }
    if (there) {
      kept.push_back(std::move(write));
      continue;
    }
    if (Status status = builder.lacks(write.feature, why, ""); !status) {
      return status;
    }
  }
  cgroup.writes = std::move(kept);
  return {};
}

void add_directories(Builder& builder, CgroupPlan& cgroup) {
  const CgroupLayout& layout = builder.host.cgroups;
  const std::string path = directory_path(builder.spec);
  if (cgroup.into_by_clone) {
    cgroup.directories.push_back(
        {"", layout.v2_mount, path, "cgroup.procs", builder.slot()});
    for (CgroupWrite& write : cgroup.writes) {
      std::vector<std::string>& wanted = cgroup.enable_controllers;
      if (std::find(wanted.begin(), wanted.end(), write.controller) ==
          wanted.end()) {
        wanted.push_back(write.controller);
      }
      write.controller.clear();
    }
    return;
  }
  for (const CgroupWrite& write : cgroup.writes) {
    const bool known =
        std::any_of(cgroup.directories.begin(), cgroup.directories.end(),
                    [&](const CgroupDirectory& directory) {
                      return directory.controller == write.controller;
                    });
    if (!known) {
      cgroup.directories.push_back({write.controller,
                                    layout.v1.at(write.controller), path,
                                    "tasks", builder.slot()});
    }
  }
}

Status add_devices(Builder& builder, CgroupPlan& cgroup) {
  const std::vector<DeviceRule>& rules = builder.spec.resources.devices;
  if (rules.empty()) return {};
  const CgroupLayout& layout = builder.host.cgroups;
  if (!builder.host.privileged) {
    return builder.lacks("devices.cgroup",
                         "only root may restrict devices by cgroup", "");
  }
  if (cgroup.into_by_clone && !layout.v1.contains("devices")) {
    cgroup.device_program = device_program(rules);
    return {};
  }
  if (!layout.v1.contains("devices")) {
    if (layout.v2_mount.empty()) {
      return builder.lacks("devices.cgroup", "no cgroup hierarchy is mounted",
                           "mount cgroup2 at /sys/fs/cgroup");
    }
    cgroup.device_program = device_program(rules);
    if (!cgroup.into_by_clone) {
      cgroup.directories.push_back({"", layout.v2_mount,
                                    directory_path(builder.spec),
                                    "cgroup.procs", builder.slot()});
    }
    return {};
  }
  for (const DeviceRule& rule : rules) {
    cgroup.writes.push_back({"devices",
                             rule.allow ? "devices.allow" : "devices.deny",
                             device_rule_v1(rule), "", "devices.cgroup"});
  }
  cgroup.writes.push_back(
      {"devices", "devices.list", "", device_list_v1(rules), "devices.cgroup"});
  cgroup.directories.push_back({"devices", layout.v1.at("devices"),
                                directory_path(builder.spec), "tasks",
                                builder.slot()});
  return {};
}

/// Kernel memory that a start needs at most, and much more than it mostly does:
/// a file system of its own takes some KiB, a bind mount below one, a network
/// some ninety.
constexpr std::int64_t kStartBytes = 3 << 19;
constexpr std::int64_t kMountBytes = 16 << 10;

/// What argv and the environment take until exec is through.
std::int64_t bytes_of_words(const Process& process) {
  std::int64_t bytes = 0;
  for (const auto* words : {&process.argv, &process.environment}) {
    for (const std::string& word : *words) {
      bytes += static_cast<std::int64_t>(word.size() + 1 + sizeof(char*));
    }
  }
  return bytes;
}

/// What is set up on the way to exec counts against the container's limit. Who
/// is killed there takes everybody along who shares its memory (oom_kill.c).
bool may_run_out_before_exec(const Spec& spec) {
  const std::size_t mounts = spec.mounts.size() + spec.masked_paths.size() +
                             spec.readonly_paths.size() + spec.devices.size();
  return spec.resources.memory_max_bytes &&
         *spec.resources.memory_max_bytes <
             kStartBytes + kMountBytes * static_cast<std::int64_t>(mounts) +
                 bytes_of_words(spec.process);
}

}  // namespace

Status plan_cgroup(Builder& builder) {
  const Resources& resources = builder.spec.resources;
  if (!resources.any_limit() && resources.devices.empty()) return {};
  const CgroupLayout& layout = builder.host.cgroups;
  CgroupPlan cgroup;
  cgroup.writes = v2_writes(resources);
  if (Status status = drop_uncarried(builder, cgroup.writes); !status) {
    return status;
  }
  cgroup.into_by_clone = v2_carries(layout, cgroup.writes);
  if (!cgroup.into_by_clone) {
    cgroup.writes = v1_writes(resources);
    if (resources.oom_group && *resources.oom_group) {
      if (Status status = builder.lacks("cgroup.memory.oom.group",
                                        "cgroup v1 has no memory.oom.group",
                                        "boot with cgroup v2");
          !status) {
        return status;
      }
    }
    if (Status status = drop_missing(builder, cgroup); !status) return status;
  }
  if (cgroup.into_by_clone && cgroup.writes.empty() &&
      (layout.v2_mount.empty() || layout.v1.contains("devices"))) {
    cgroup.into_by_clone = false;
  }
  if (cgroup.into_by_clone || !cgroup.writes.empty()) {
    add_directories(builder, cgroup);
  }
  if (Status status = add_devices(builder, cgroup); !status) return status;
  if (cgroup.directories.empty()) return {};
  if (cgroup.into_by_clone && !builder.host.privileged &&
      access(layout.v2_mount.c_str(), W_OK) != 0) {
    const std::string own = layout.delegated(cgroup.enable_controllers);
    if (!own.empty()) {
      cgroup.delegated = layout.v2_mount + "/" + own;
      CgroupDirectory& directory = cgroup.directories.front();
      directory.path = own + "/" + directory.path;
    }
  }
  for (const CgroupDirectory& directory : cgroup.directories) {
    if (builder.host.privileged || !cgroup.delegated.empty() ||
        access(directory.mount_point.c_str(), W_OK) == 0) {
      continue;
    }
    // All or nothing: half of the limits would look like all of them.
    return builder.lacks("cgroup",
                         directory.mount_point + " is not delegated to uid " +
                             std::to_string(builder.host.uid),
                         kDelegateCgroup);
  }
  if (may_run_out_before_exec(builder.spec)) builder.plan.share_memory = false;
  describe_cgroup(builder, cgroup);
  builder.plan.cgroup = std::move(cgroup);
  return {};
}

}  // namespace bulkhead
