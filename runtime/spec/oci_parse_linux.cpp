#include <algorithm>
#include <limits>
#include <set>

#include "runtime/spec/names.h"
#include "runtime/spec/oci_parse.h"
#include "runtime/spec/paths.h"

namespace bulkhead::oci {
namespace {

void parse_namespace(const Node& node, Spec& spec,
                     std::set<NamespaceKind>& seen) {
  Object object(node);
  std::string path;
  if (const auto place = object.take("path")) {
    path = place->string().value_or("");
    if (!path.empty() && !path.starts_with('/')) {
      place->complain("\"" + path + "\" is relative; start it with \"/\"");
    }
  }
  const auto type = object.require(
      "type", "pid, mount, network, ipc, uts, user, cgroup or time");
  const auto name = type ? type->string() : std::nullopt;
  if (!name) return;
  const auto kind = namespace_named(*name);
  if (!kind) {
    type->complain("\"" + *name +
                   "\" is no namespace: pid, mount, network, ipc, uts, user, "
                   "cgroup or time");
    return;
  }
  if (!seen.insert(*kind).second) {
    type->complain("\"" + *name + "\" is given more than once; keep one");
    return;
  }
  spec.ns(*kind) = path.empty() ? Namespace{NamespaceMode::kNew, {}}
                                : Namespace{NamespaceMode::kJoin, path};
}

void parse_mappings(Object& section, std::string_view member,
                    std::vector<IdMapping>& mappings) {
  const auto list = section.take(member);
  if (!list) return;
  for (const Node& entry : list->list()) {
    Object object(entry);
    IdMapping mapping;
    const auto into = [&](std::string_view name, std::uint32_t& target) {
      const auto node = object.require(name, "a number");
      const auto number = node ? node->u32() : std::nullopt;
      if (number) target = *number;
    };
    into("containerID", mapping.container_id);
    into("hostID", mapping.host_id);
    into("size", mapping.size);
    mappings.push_back(mapping);
  }
}

void parse_offset(Object& offsets, std::string_view clock,
                  std::optional<ClockOffset>& target) {
  const auto node = offsets.take(clock);
  if (!node) return;
  Object object(*node);
  ClockOffset offset;
  if (const auto seconds = object.take("secs")) {
    offset.seconds = seconds->integer().value_or(0);
  }
  if (const auto nanoseconds = object.take("nanosecs")) {
    offset.nanoseconds = static_cast<std::uint32_t>(
        nanoseconds->integer(0, 999999999).value_or(0));
  }
  target = offset;
}

/// A number of the device, which only 'c' and 'b' have.
void parse_number(Object& object, std::string_view member, bool wanted,
                  std::uint32_t& target) {
  const auto node = wanted ? object.require(member, "the device's number")
                           : object.take(member);
  const auto number = node ? node->u32() : std::nullopt;
  if (number) target = *number;
}

void parse_device(const Node& node, std::vector<DeviceNode>& devices) {
  Object object(node);
  DeviceNode device;
  if (const auto path = object.require("path", "a path below /dev")) {
    device.path = clean_path(path->container_path().value_or("/dev/null"));
  }
  if (const auto type = object.require("type", "c, b or p")) {
    const std::string name = type->string().value_or("c");
    if (name == "c" || name == "u") {
      device.type = 'c';
    } else if (name == "b" || name == "p") {
      device.type = name[0];
    } else {
      type->complain("\"" + name + "\" is no device: c, b or p");
    }
  }
  parse_number(object, "major", device.type != 'p', device.major);
  parse_number(object, "minor", device.type != 'p', device.minor);
  if (const auto mode = object.take("fileMode")) {
    // The file type bits, where a generator leaves them in, say nothing new.
    const auto bits = mode->integer(0, 0177777);
    if (bits) device.mode = static_cast<std::uint32_t>(*bits & 07777);
  }
  object.into("uid", device.uid);
  object.into("gid", device.gid);
  const auto same_path = [&](const DeviceNode& other) {
    return other.path == device.path;
  };
  if (const auto known =
          std::find_if(devices.begin(), devices.end(), same_path);
      known != devices.end()) {
    *known = device;
  } else {
    devices.push_back(device);
  }
}

void parse_paths(Object& section, std::string_view member,
                 std::vector<std::string>& target) {
  const auto list = section.take(member);
  if (!list) return;
  for (const Node& entry : list->list()) {
    if (auto path = entry.container_path()) target.push_back(clean_path(*path));
  }
}

void parse_sysctls(const Node& node, Spec& spec) {
  if (!node.value().is_object()) {
    node.complain("is not an object of strings");
    return;
  }
  for (const auto& [name, value] : node.value().items()) {
    if (auto text = node.child(name, value).string()) {
      spec.sysctls.emplace_back(name, std::move(*text));
    }
  }
}

void parse_propagation(Object& section) {
  const auto node = section.take("rootfsPropagation");
  const auto name = node ? node->string() : std::nullopt;
  if (!name || name->empty() || *name == "private" || *name == "rprivate") {
    return;
  }
  node->complain("\"" + *name +
                     "\" is not implemented: every mount is private; say "
                     "\"rprivate\"",
                 true);
}

void parse_cgroups_path(Object& section, std::string& target) {
  const auto node = section.take("cgroupsPath");
  auto path = node ? node->string() : std::nullopt;
  if (!path) return;
  if (has_dot_dot(*path)) {
    node->complain("\"" + *path + "\" has a \"..\" component");
    return;
  }
  target = std::move(*path);
}

void parse_isolation(Object& section, Spec& spec) {
  if (const auto list = section.take("namespaces")) {
    std::set<NamespaceKind> seen;
    for (const Node& entry : list->list()) parse_namespace(entry, spec, seen);
  }
  parse_mappings(section, "uidMappings", spec.uid_mappings);
  parse_mappings(section, "gidMappings", spec.gid_mappings);
  if (const auto offsets = section.take("timeOffsets")) {
    Object object(*offsets);
    parse_offset(object, "monotonic", spec.monotonic_offset);
    parse_offset(object, "boottime", spec.boottime_offset);
  }
  if (const auto resources = section.take("resources")) {
    parse_resources(*resources, spec.resources);
  }
  if (const auto seccomp = section.take("seccomp")) {
    spec.seccomp = parse_seccomp(*seccomp);
  }
}

}  // namespace

void parse_linux(const Node& node, Spec& spec) {
  Object section(node);
  parse_isolation(section, spec);
  if (const auto list = section.take("devices")) {
    for (const Node& entry : list->list()) parse_device(entry, spec.devices);
  }
  parse_cgroups_path(section, spec.cgroups_path);
  if (const auto sysctls = section.take("sysctl")) {
    parse_sysctls(*sysctls, spec);
  }
  parse_paths(section, "maskedPaths", spec.masked_paths);
  parse_paths(section, "readonlyPaths", spec.readonly_paths);
  parse_propagation(section);
  section.into("mountLabel", spec.labels.mount);
  for (const char* other :
       {"intelRdt", "personality", "netDevices", "memoryPolicy"}) {
    section.refuse(other);
  }
}

}  // namespace bulkhead::oci
