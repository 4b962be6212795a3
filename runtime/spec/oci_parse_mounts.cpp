#include "runtime/spec/defaults.h"
#include "runtime/spec/mount_options.h"
#include "runtime/spec/oci_parse.h"
#include "runtime/spec/paths.h"

namespace bulkhead::oci {
namespace {

/// Whether `node`'s options ask for a bind.
bool asks_bind(const std::vector<Node>& options) {
  for (const Node& option : options) {
    if (option.value() == "bind" || option.value() == "rbind") return true;
  }
  return false;
}

std::optional<MountKind> parse_kind(const Node& node,
                                    const std::optional<Node>& type,
                                    bool bind) {
  std::string name;
  if (type) {
    auto text = type->string();
    if (!text) return std::nullopt;
    name = std::move(*text);
  }
  if (name == "bind") return MountKind::kBind;
  if (name.empty() || name == "none") {
    if (bind) return MountKind::kBind;
    node.complain_at("type", "missing, and no \"bind\" among the options");
    return std::nullopt;
  }
  const auto kind = mount_kind_named(name);
  if (!kind) {
    type->complain(
        "\"" + name +
            "\" is not implemented: bind, proc, sysfs, tmpfs, devpts, "
            "mqueue or cgroup",
        true);
  } else if (bind) {
    type->complain("\"" + name + "\" together with the option \"bind\"");
    return std::nullopt;
  }
  return kind;
}

void parse_source(const Node& node, const std::optional<Node>& source,
                  const std::string& bundle_dir, Mount& mount) {
  // Only a bind has a source; elsewhere it is a label.
  const auto path = source ? source->string() : std::nullopt;
  if (mount.kind != MountKind::kBind || (source && !path)) return;
  if (!path || path->empty()) {
    node.complain_at("source", "missing; the host path to bind");
    return;
  }
  mount.source =
      path->starts_with('/') ? *path : clean_path(bundle_dir + "/" + *path);
}

/// A tmpfs on /dev is OCI's way to ask for the minimal /dev.
void take_as_dev(const Node& node, const Mount& mount, Spec& spec) {
  if (mount.read_only) {
    node.complain_at("options", "\"ro\" for /dev itself is not implemented",
                     true);
  }
  spec.minimal_dev = true;
  spec.devices = default_devices();
}

void parse_mount(const Node& node, const std::string& bundle_dir, Spec& spec) {
  Object object(node);
  if (!node.value().is_object()) return;
  Mount mount;
  // What mount(2) does unless told otherwise.
  mount.nosuid = false;
  mount.nodev = false;
  const auto destination =
      object.require("destination", "an absolute path in the container");
  const auto type = object.take("type");
  const auto source = object.take("source");
  const auto option_list = object.take("options");
  object.refuse("uidMappings");
  object.refuse("gidMappings");

  const std::vector<Node> options =
      option_list ? option_list->list() : std::vector<Node>();
  if (destination) {
    if (const auto path = destination->container_path()) {
      mount.destination = clean_path(*path);
    }
  }
  const auto kind = parse_kind(node, type, asks_bind(options));
  if (!kind) return;
  mount.kind = *kind;
  parse_source(node, source, bundle_dir, mount);
  if (mount.kind == MountKind::kTmpfs) {
    mount.mode = 01777;  // tmpfs(5)'s own default
    mount.size_bytes = kDefaultTmpfsBytes;
    mount.inodes = kDefaultTmpfsInodes;
  }
  for (const Node& option : options) {
    const auto text = option.string();
    if (!text) continue;
    const OptionProblem problem = apply_mount_option(*text, mount);
    if (!problem.empty()) {
      option.complain(problem.text, problem.not_implemented);
    }
  }
  if (mount.kind == MountKind::kTmpfs && mount.destination == "/dev") {
    take_as_dev(node, mount, spec);
  } else {
    spec.mounts.push_back(std::move(mount));
  }
}

}  // namespace

void parse_mounts(const Node& node, const std::string& bundle_dir, Spec& spec) {
  for (const Node& entry : node.list()) parse_mount(entry, bundle_dir, spec);
}

}  // namespace bulkhead::oci
