// cgroup: limits written and read back before the child exists; the child is
// born inside (v2, CLONE_INTO_CGROUP) or moves itself as its first act (v1).
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "runtime/plan/builder.h"
#include "runtime/plan/cgroup_limits.h"
#include "runtime/plan/device_rules.h"

namespace bulkhead {
namespace {

constexpr const char* kDelegate =
    "start it where cgroups are delegated, such as `systemd-run --user --scope "
    "-p Delegate=yes bulkhead …`, or as root";

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

void drop_writes(Plan& plan,
                 const std::function<bool(const CgroupWrite&)>& dropped) {
  if (plan.cgroup) std::erase_if(plan.cgroup->writes, dropped);
}

void drop_devices(Plan& plan) {
  drop_writes(plan,
              [](const CgroupWrite& w) { return w.controller == "devices"; });
  if (plan.cgroup) plan.cgroup->device_program.clear();
}

void describe(Builder& builder, const CgroupPlan& cgroup) {
  StepBuilder create = builder.step(
      "cgroup.create", Boundary::kCgroup, Side::kParent,
      "The limits stand before the first instruction runs under them.",
      kDelegate);
  create.dropped_by([](Plan& plan) { plan.cgroup.reset(); });
  for (const CgroupDirectory& directory : cgroup.directories) {
    const std::string path = directory.mount_point + "/" + directory.path;
    create.says("mkdir " + path);
    create.shell("mkdir -p " + shell_word(path));
  }
  for (const CgroupWrite& write : cgroup.writes) {
    const auto directory =
        std::find_if(cgroup.directories.begin(), cgroup.directories.end(),
                     [&](const CgroupDirectory& d) {
                       return d.controller == write.controller;
                     });
    const std::string path =
        directory->mount_point + "/" + directory->path + "/" + write.file;
    const Boundary boundary =
        write.controller == "devices" ? Boundary::kDevices : Boundary::kCgroup;
    StepBuilder step = builder.step(
        boundary == Boundary::kDevices ? "devices.cgroup"
                                       : "cgroup.limit:" + write.file,
        boundary, Side::kParent,
        boundary == Boundary::kDevices
            ? "A device node that slips in cannot be opened."
            : "Set, then read back from the kernel.",
        kDelegate);
    step.dropped_by([file = write.file, boundary](Plan& plan) {
      if (boundary == Boundary::kDevices) {
        drop_devices(plan);
      } else {
        drop_writes(plan, [&](const CgroupWrite& w) { return w.file == file; });
      }
    });
    if (write.value.empty()) {
      step.says("read " + path + ": must be what was asked for");
    } else {
      step.says("write \"" + write.value + "\" to " + path);
      step.shell("echo " + shell_word(write.value) + " > " + shell_word(path));
    }
  }
  if (!cgroup.device_program.empty()) {
    builder
        .step("devices.cgroup", Boundary::kDevices, Side::kParent,
              "A device node that slips in cannot be opened.", kDelegate)
        .dropped_by(drop_devices)
        .says(
            "bpf(BPF_PROG_LOAD, BPF_PROG_TYPE_CGROUP_DEVICE), "
            "bpf(BPF_PROG_ATTACH)");
  }
}

}  // namespace

Status plan_cgroup(Builder& builder) {
  const Resources& resources = builder.spec.resources;
  if (!resources.any_limit() && resources.devices.empty()) return {};
  const CgroupLayout& layout = builder.host.cgroups;
  CgroupPlan cgroup;
  cgroup.writes = v2_writes(resources);
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
                         kDelegate);
  }
  describe(builder, cgroup);
  builder.plan.cgroup = std::move(cgroup);
  return {};
}

void plan_cgroup_join(Builder& builder) {
  if (!builder.plan.cgroup) return;
  const CgroupPlan& cgroup = *builder.plan.cgroup;
  StepBuilder step = builder.step(
      "cgroup.join", Boundary::kCgroup, Side::kChild,
      "In the cgroup, and seen there, before anything else runs. A write of 0 "
      "to `tasks` moves a single thread without the global lock that "
      "cgroup.procs takes (9a3284fad42f).");
  step.dropped_by([](Plan& plan) {
    if (plan.cgroup) plan.cgroup->into_by_clone = false;
  });
  for (const CgroupDirectory& directory : cgroup.directories) {
    const std::string path = directory.mount_point + "/" + directory.path;
    if (!directory.controller.empty() || !cgroup.into_by_clone) {
      step.call(SYS_write,
                "write(" + path + "/" + directory.join_file + ", \"0\")",
                {slot_value(directory.slot), builder.text("0"), value(1)});
    } else {
      step.says("clone3 with CLONE_INTO_CGROUP " + path);
    }
    step.shell("echo 0 > " + shell_word(path + "/cgroup.procs"));
  }
  step.read_file(builder.proc_slot, "self/cgroup");
  for (const CgroupDirectory& directory : cgroup.directories) {
    const std::string& prefix =
        builder.host.cgroups.line_prefix.at(directory.controller);
    step.scratch_has_line(prefix + "/" + directory.path);
  }
}

}  // namespace bulkhead
