// userns: who may write the maps, and becoming the container's root once they
// are written (user_namespaces(7)).
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "runtime/base/file.h"
#include "runtime/plan/builder.h"
#include "runtime/spec/names.h"
#include "runtime/spec/presets.h"

namespace bulkhead {
namespace {

/// The one map an unprivileged caller may write itself: its own id, once.
bool maps_only(const std::vector<IdMapping>& maps, std::uint32_t own) {
  return maps.size() == 1 && maps[0].host_id == own && maps[0].size == 1;
}

bool maps_container_root(const std::vector<IdMapping>& maps) {
  return std::any_of(maps.begin(), maps.end(), [](const IdMapping& map) {
    return map.container_id == 0 && map.size > 0;
  });
}

/// The text of uid_map, NUL included: nothing may follow.
std::string as_the_kernel_shows(const std::vector<IdMapping>& maps) {
  std::string text;
  for (const IdMapping& map : maps) {
    std::array<char, 40> line;
    const int length = snprintf(line.data(), line.size(), "%10u %10u %10u\n",
                                map.container_id, map.host_id, map.size);
    text.append(line.data(), static_cast<std::size_t>(length));
  }
  return text + '\0';
}

std::string shown(const std::vector<IdMapping>& maps) {
  std::string text;
  for (const IdMapping& map : maps) {
    if (!text.empty()) text += ", ";
    text += std::to_string(map.container_id) + "→" +
            std::to_string(map.host_id) + " ×" + std::to_string(map.size);
  }
  return text;
}

}  // namespace

void adapt_to_caller(Spec& spec, const Host& host) {
  // In a user namespace of its own it can make no node, and what it mounts is
  // nodev: the device cgroup would be a second lock, and only root has the key.
  const bool own_userns =
      spec.ns(NamespaceKind::kUser).mode == NamespaceMode::kNew;
  if (!host.privileged && own_userns) spec.prefer.insert("devices.cgroup");
  const std::vector<IdMapping> hardened = {
      {0, kContainerIdBase, kContainerIdCount}};
  const bool may_have_it =
      host.may_map_ranges && host.has_uids(kContainerIdBase, kContainerIdCount);
  if (may_have_it || spec.uid_mappings != hardened ||
      spec.gid_mappings != hardened) {
    return;
  }
  const auto range = [&](const char* file) -> std::optional<SubordinateRange> {
    const Result<std::string> text = read_file(file, 16 << 20);
    if (!text) return std::nullopt;
    return subordinate_range(*text, host.user_name, host.uid);
  };
  const auto uids = range("/etc/subuid");
  const auto gids = range("/etc/subgid");
  if (uids && gids) {
    spec.uid_mappings = {{0, uids->first, uids->count}};
    spec.gid_mappings = {{0, gids->first, gids->count}};
  } else {
    spec.uid_mappings = {{0, host.uid, 1}};
    spec.gid_mappings = {{0, host.gid, 1}};
  }
}

namespace {

/// A namespace belongs to the user namespace that its maker is in
/// (user_namespaces(7)). What the clone makes is the caller's, so that in a
/// joined user namespace nobody may mount there, or name it.
Status check_joined(const Builder& builder) {
  for (const NamespaceKind kind :
       {NamespaceKind::kMount, NamespaceKind::kPid, NamespaceKind::kUts,
        NamespaceKind::kIpc, NamespaceKind::kNet, NamespaceKind::kCgroup,
        NamespaceKind::kTime}) {
    if (!builder.is_new(kind)) continue;
    return fail("userns: " + builder.spec.ns(NamespaceKind::kUser).path +
                    " cannot be joined beside a new " +
                    std::string(oci_name_of(kind)) +
                    " namespace, which would not belong to it",
                0,
                "make a user namespace too (--userns new), or join the other "
                "namespaces of that container as well");
  }
  return {};
}

}  // namespace

Status plan_userns(Builder& builder) {
  if (builder.spec.ns(NamespaceKind::kUser).mode == NamespaceMode::kJoin) {
    return check_joined(builder);
  }
  if (!builder.is_new(NamespaceKind::kUser)) {
    if (!builder.host.privileged) {
      return fail(
          "userns: without a user namespace only root can build a "
          "container",
          0, "use --userns new, or run as root");
    }
    return {};
  }
  const Spec& spec = builder.spec;
  Plan& plan = builder.plan;
  if (!maps_container_root(spec.uid_mappings) ||
      !maps_container_root(spec.gid_mappings)) {
    return fail("userns: the id maps leave out container id 0", 0,
                "map it: the container is built by its own root");
  }
  plan.wait_for_parent = true;
  const bool self = maps_only(spec.uid_mappings, builder.host.uid) &&
                    maps_only(spec.gid_mappings, builder.host.gid);
  plan.id_map_method = builder.host.may_map_ranges || self
                           ? IdMapMethod::kDirect
                           : IdMapMethod::kHelpers;
  plan.deny_setgroups =
      !builder.host.setgroups_allowed || (!builder.host.may_map_ranges && self);
  builder
      .step(
          "userns.maps", Boundary::kUserns, Side::kParent,
          "Root inside is nobody outside.",
          "give this user a range in /etc/subuid and /etc/subgid, or map only "
          "its own id")
      .dropped_by([](Plan& dropped) { dropped.write_id_maps = false; })
      .says(std::string(plan.id_map_method == IdMapMethod::kHelpers
                            ? "newuidmap and newgidmap: uid "
                            : "write uid_map ") +
            shown(spec.uid_mappings) + "; gid " + shown(spec.gid_mappings));
  return {};
}

void plan_userns_identity(Builder& builder) {
  if (!builder.is_new(NamespaceKind::kUser)) return;
  StepBuilder step = builder.step(
      "userns.identity", Boundary::kUserns, Side::kChild,
      "Waits for the maps, then becomes the container's root to build it.");
  step.special(Op::kAwaitParent, "wait until the parent wrote the id maps");
  if (!builder.plan.deny_setgroups) {
    step.call(SYS_setgroups, "setgroups(0, NULL)", {value(0), value(0)});
  }
  step.call(SYS_setresgid, "setresgid(0, 0, 0)", {value(0), value(0), value(0)})
      .call(SYS_setresuid, "setresuid(0, 0, 0)",
            {value(0), value(0), value(0)});
  builder
      .step("userns.verify", Boundary::kUserns, Side::kChild,
            "The kernel shows the maps that were asked for.")
      .read_file(builder.proc_slot, "self/uid_map")
      .scratch_equals(as_the_kernel_shows(builder.spec.uid_mappings))
      .read_file(builder.proc_slot, "self/gid_map")
      .scratch_equals(as_the_kernel_shows(builder.spec.gid_mappings));
}

}  // namespace bulkhead
