#include <algorithm>

#include "runtime/spec/paths.h"
#include "runtime/spec/validate_sections.h"

namespace bulkhead::rules {
namespace {

void check_mount(const Spec& spec, const Mount& mount, const std::string& place,
                 Findings& findings) {
  const std::string problem = container_path_problem(mount.destination);
  if (!problem.empty()) {
    findings.add(place + "/destination", problem);
  } else if (clean_path(mount.destination) == "/") {
    findings.add(place + "/destination",
                 "is the root itself; that is /root/path");
  }
  const bool bind = mount.kind == MountKind::kBind;
  if (bind && (!mount.source.starts_with('/') ||
               mount.source.find('\0') != std::string::npos)) {
    findings.add(place + "/source",
                 "\"" + mount.source + "\" is not an absolute host path");
  }
  if (mount.mode > 07777) {
    findings.add(place + "/options", "the mode is above 7777");
  }
  if (mount.idmap &&
      (!bind || spec.ns(NamespaceKind::kUser).mode == NamespaceMode::kHost)) {
    findings.add(place + "/options",
                 "idmap is for a bind into a user namespace");
  }
}

void check_paths(const std::vector<std::string>& paths,
                 const std::string& pointer, const char* of_the_root,
                 Findings& findings) {
  for (std::size_t i = 0; i < paths.size(); ++i) {
    std::string problem = container_path_problem(paths[i]);
    if (problem.empty() && clean_path(paths[i]) == "/") problem = of_the_root;
    if (!problem.empty()) {
      findings.add(pointer + "/" + std::to_string(i), problem);
    }
  }
}

void check_device(const DeviceNode& device, const std::string& place,
                  Findings& findings) {
  const std::string problem = container_path_problem(device.path);
  if (!problem.empty()) {
    findings.add(place + "/path", problem);
  } else if (clean_path(device.path) == "/dev" ||
             !is_under(device.path, "/dev")) {
    findings.add(place + "/path", "\"" + device.path + "\" is not below /dev");
  }
  if (device.type != 'c' && device.type != 'b' && device.type != 'p') {
    findings.add(place + "/type", "is none of c, b, p");
  }
}

/// What must not be done to a mount namespace that others live in.
void check_mount_namespace(const Spec& spec, Findings& findings) {
  if (is_new(spec, NamespaceKind::kMount)) return;
  const auto refuse = [&](bool asked, const char* pointer) {
    if (asked) {
      findings.add(pointer,
                   "needs a new mount namespace; add it to "
                   "/linux/namespaces");
    }
  };
  refuse(spec.rootfs.pivot, "/root/path");
  refuse(spec.rootfs.read_only, "/root/readonly");
  refuse(!spec.mounts.empty() || spec.minimal_dev, "/mounts");
  refuse(!spec.masked_paths.empty(), "/linux/maskedPaths");
  refuse(!spec.readonly_paths.empty(), "/linux/readonlyPaths");
  refuse(!spec.devices.empty(), "/linux/devices");
}

bool shows_sysctls(const Mount& mount) {
  return clean_path(mount.destination) == "/proc" &&
         (mount.kind == MountKind::kProc ? !mount.subset_pid
                                         : mount.source == "/proc");
}

}  // namespace

void check_binfmt(const Spec& spec, Findings& findings) {
  if (spec.binfmt.empty()) return;
  const std::string place = "/annotations/" + std::string(kBinfmtAnnotation);
  for (const auto& [arch, path] : spec.binfmt) {
    const std::string what = arch + "=" + path + ": ";
    if (elf_format_named(arch) == nullptr) {
      findings.add(place, what + "none of " + elf_format_names());
    }
    if (!path.starts_with('/') || path.find('\0') != std::string::npos) {
      findings.add(place, what + "not an absolute host path");
    }
  }
  if (!is_new(spec, NamespaceKind::kUser) ||
      !is_new(spec, NamespaceKind::kMount)) {
    findings.add(place,
                 "needs a new user and a new mount namespace: without them "
                 "the register is the host's, which is never touched");
  }
  // Sabotage stops here: it would be the host that is changed for good.
  for (const char* step : {"userns.new", "mountns.new"}) {
    if (spec.skipped_steps.contains(step)) {
      findings.add(place, std::string("does not go with --skip ") + step +
                              ": the register would be the host's");
    }
  }
  if (!spec.rootfs.pivot || std::ranges::none_of(spec.mounts, shows_sysctls)) {
    findings.add(place,
                 "needs a proc at /proc, all of it: the register is mounted "
                 "at /proc/sys/fs/binfmt_misc");
  }
}

void check_files(const Spec& spec, Findings& findings) {
  if (spec.rootfs.pivot && spec.rootfs.path.empty()) {
    findings.add("/root/path",
                 "is empty; name the directory that becomes "
                 "\"/\"");
  }
  if (spec.rootfs.path.find('\0') != std::string::npos) {
    findings.add("/root/path", "holds a NUL byte");
  }
  for (std::size_t i = 0; i < spec.mounts.size(); ++i) {
    check_mount(spec, spec.mounts[i], "/mounts/" + std::to_string(i), findings);
  }
  check_paths(spec.masked_paths, "/linux/maskedPaths",
              "is the root itself; without it nothing runs", findings);
  check_paths(spec.readonly_paths, "/linux/readonlyPaths",
              "is the root itself; that is /root/readonly", findings);
  for (std::size_t i = 0; i < spec.devices.size(); ++i) {
    check_device(spec.devices[i], "/linux/devices/" + std::to_string(i),
                 findings);
  }
  if (has_dot_dot(spec.cgroups_path) ||
      spec.cgroups_path.find('\0') != std::string::npos) {
    findings.add("/linux/cgroupsPath", "has a \"..\" component or a NUL byte");
  }
  check_mount_namespace(spec, findings);
}

}  // namespace bulkhead::rules
