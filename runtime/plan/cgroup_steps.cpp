#include "runtime/plan/cgroup_steps.h"

#include <sys/syscall.h>

#include <algorithm>

namespace bulkhead {
namespace {

/// The file that stands for a limit of several: what is in force is read back
/// from another one, and huge pages are counted twice.
std::string limit_of(const CgroupWrite& write) {
  std::string file = write.file;
  for (const std::string_view part : {".effective", ".rsvd"}) {
    const std::size_t at = file.find(part);
    if (at != std::string::npos) file.erase(at, part.size());
  }
  return file;
}

/// v1 only: what fill_cpuset does, on every level.
void describe_fill(StepBuilder& create, const CgroupDirectory& directory) {
  create.says(
      "fill cpuset.cpus and cpuset.mems from the cgroup above: nothing may "
      "enter an empty one");
  for (std::size_t end = 0; end != std::string::npos;) {
    const std::size_t start = end == 0 ? 0 : end + 1;
    const std::string above =
        directory.mount_point +
        (end == 0 ? "" : "/" + directory.path.substr(0, end));
    end = directory.path.find('/', start);
    const std::string path =
        directory.mount_point + "/" + directory.path.substr(0, end);
    for (const char* file : {"/cpuset.cpus", "/cpuset.mems"}) {
      create.shell("cat " + shell_word(above + file) + " > " +
                   shell_word(path + file));
    }
  }
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

}  // namespace

void describe_cgroup(Builder& builder, const CgroupPlan& cgroup) {
  StepBuilder create = builder.step(
      "cgroup.create", Boundary::kCgroup, Side::kParent,
      "The limits stand before the first instruction runs under them.",
      kDelegateCgroup);
  create.dropped_by([](Plan& plan) { plan.cgroup.reset(); });
  for (const CgroupDirectory& directory : cgroup.directories) {
    const std::string path = directory.mount_point + "/" + directory.path;
    create.says("mkdir " + path);
    create.shell("mkdir -p " + shell_word(path));
    if (directory.controller == "cpuset") describe_fill(create, directory);
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
                                       : "cgroup.limit:" + limit_of(write),
        boundary, Side::kParent,
        boundary == Boundary::kDevices
            ? "A device node that slips in cannot be opened."
            : "Set, then read back from the kernel.",
        kDelegateCgroup);
    step.dropped_by([limit = limit_of(write), boundary](Plan& plan) {
      if (boundary == Boundary::kDevices) {
        drop_devices(plan);
      } else {
        drop_writes(plan,
                    [&](const CgroupWrite& w) { return limit_of(w) == limit; });
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
              "A device node that slips in cannot be opened.", kDelegateCgroup)
        .dropped_by(drop_devices)
        .says(
            "bpf(BPF_PROG_LOAD, BPF_PROG_TYPE_CGROUP_DEVICE), "
            "bpf(BPF_PROG_ATTACH)");
  }
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
    step.scratch_has_line(prefix + "/" + directory.path).suffixed();
  }
}

}  // namespace bulkhead
