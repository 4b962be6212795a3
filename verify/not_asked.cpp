#include "verify/not_asked.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <vector>

#include "runtime/spec/defaults.h"
#include "runtime/spec/names.h"
#include "runtime/spec/oci.h"
#include "runtime/spec/presets.h"
#include "runtime/spec/seccomp_profile.h"

namespace bulkhead::verify {
namespace {

/// Words with ", " between.
class Words {
 public:
  void add(bool lacks, std::string_view what) {
    if (!lacks) return;
    if (!text_.empty()) text_ += ", ";
    text_ += what;
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string lacks_of_namespace(const Spec& spec, NamespaceKind kind) {
  Words words;
  const Namespace& ns = spec.ns(kind);
  words.add(ns.mode == NamespaceMode::kHost, "the caller's namespace");
  words.add(ns.mode == NamespaceMode::kJoin, "shares " + ns.path);
  if (ns.mode != NamespaceMode::kNew) return words.text();
  if (kind == NamespaceKind::kUts) {
    words.add(!spec.hostname, "no host name");
    words.add(!spec.domainname, "no domain name");
  } else if (kind == NamespaceKind::kTime) {
    words.add(!spec.monotonic_offset || !spec.boottime_offset, "no offsets");
  } else if (kind == NamespaceKind::kUser) {
    const auto hosts_root = [](const IdMapping& map) {
      return map.host_id == 0;
    };
    words.add(std::ranges::any_of(spec.uid_mappings, hosts_root) ||
                  std::ranges::any_of(spec.gid_mappings, hosts_root),
              "the host's root is mapped");
  }
  return words.text();
}

/// Whether the kernel shows `path` inside: a /proc of processes only does not,
/// nor does a root of the container's own where nothing is mounted.
bool is_shown(const Spec& spec, const std::string& path) {
  const Mount* on = nullptr;
  for (const Mount& mount : spec.mounts) {
    const bool below =
        path == mount.destination || path.starts_with(mount.destination + "/");
    if (below &&
        (on == nullptr || mount.destination.size() >= on->destination.size())) {
      on = &mount;
    }
  }
  if (on == nullptr) return !spec.rootfs.pivot;
  return on->kind != MountKind::kProc || !on->subset_pid;
}

/// The first of `wanted` that `spec` shows and that is not in `given`; empty if
/// there is none.
std::string first_missing(const Spec& spec,
                          const std::vector<std::string>& wanted,
                          const std::vector<std::string>& given) {
  for (const std::string& path : wanted) {
    if (std::ranges::find(given, path) == given.end() && is_shown(spec, path)) {
      return path;
    }
  }
  return {};
}

std::string lacks_of_rootfs(const Spec& spec, const Spec& hardened) {
  Words words;
  words.add(spec.ns(NamespaceKind::kMount).mode != NamespaceMode::kNew,
            "no mount namespace of its own");
  words.add(!spec.rootfs.read_only, "a writable root");
  const auto mask =
      first_missing(spec, hardened.masked_paths, spec.masked_paths);
  words.add(!mask.empty(), "no mask over " + mask);
  const auto cover =
      first_missing(spec, hardened.readonly_paths, spec.readonly_paths);
  words.add(!cover.empty(), cover + " not read-only");
  for (const Mount& mount : spec.mounts) {
    words.add(mount.kind == MountKind::kBind, "a bind at " + mount.destination);
    const bool kernels =
        mount.kind == MountKind::kSysfs || mount.kind == MountKind::kCgroup;
    words.add(kernels && !mount.read_only,
              mount.destination + " not read-only");
    words.add(mount.kind != MountKind::kBind &&
                  (!mount.nosuid || !mount.noexec ||
                   (!mount.nodev && mount.kind != MountKind::kDevpts)),
              "fewer flags at " + mount.destination);
  }
  return words.text();
}

std::string lacks_of_devices(const Spec& spec, const Spec& hardened) {
  Words words;
  words.add(!spec.minimal_dev, "no /dev of its own");
  const auto unlisted = [](const auto& given, const auto& wanted) {
    return std::ranges::any_of(given, [&](const auto& one) {
      return std::ranges::find(wanted, one) == wanted.end();
    });
  };
  words.add(unlisted(spec.devices, hardened.devices), "more device nodes");
  const auto& rules = spec.resources.devices;
  words.add(rules.empty() || rules.front() != DeviceRule{},
            "no rule that denies all devices");
  words.add(unlisted(rules, hardened.resources.devices),
            "more devices allowed");
  const bool bounded = std::ranges::none_of(spec.mounts, [](const Mount& it) {
    return it.kind == MountKind::kDevpts && it.pty_max == 0;
  });
  words.add(!bounded, "a devpts without max=");
  return words.text();
}

std::string lacks_of_cgroup(const Spec& spec) {
  const Resources& limits = spec.resources;
  Words words;
  words.add(!limits.memory_max_bytes, "no memory limit");
  words.add(!limits.swap_max_bytes, "no swap limit");
  words.add(!limits.pids_max, "no pids limit");
  words.add(!limits.cpu_quota_us, "no CPU quota");
  return words.text();
}

std::string lacks_of_capabilities(const Spec& spec) {
  const auto& caps = spec.process.capabilities;
  if (!caps) return "the caller's are kept";
  const CapabilityMask kept = caps->bounding | caps->effective |
                              caps->permitted | caps->inheritable |
                              caps->ambient;
  if (kept == 0) return {};
  return fmt::format("keeps {}", fmt::join(capability_names(kept), " "));
}

/// The errno with which a filter answers what it denies by name, wherever it
/// differs from the answer to a call that it does not know.
std::uint32_t denial_of(const Seccomp& seccomp) {
  for (const SeccompRule& rule : seccomp.rules) {
    if (rule.action != SeccompAction::kErrno) continue;
    const std::uint32_t error = rule.errno_return.value_or(EPERM);
    if (error != ENOSYS) return error;
  }
  return seccomp.default_errno_return.value_or(EPERM);
}

/// The hardened filter, whatever errno it denies with.
std::string lacks_of_seccomp(const Spec& spec) {
  if (!spec.seccomp) return "no filter";
  const CapabilityMask granted =
      spec.process.capabilities ? spec.process.capabilities->bounding : 0;
  const std::uint32_t error = denial_of(*spec.seccomp);
  // As it reads when it comes out of a bundle again.
  Spec wanted = make_preset(Preset::kHardened);
  wanted.process.argv = {"/"};
  wanted.rootfs.path = "/";
  for (const CapabilityMask mask : {granted, CapabilityMask{0}}) {
    wanted.seccomp = hardened_profile(mask, error);
    const auto read = parse_oci(emit_oci(wanted), "/");
    if (read && read->seccomp == spec.seccomp) return {};
  }
  return "a filter of its own";
}

std::string lacks_of_rlimits(const Spec& spec, const Spec& hardened) {
  std::string names;
  for (const Rlimit& wanted : hardened.process.rlimits) {
    // A limit that the preset leaves open too.
    if (wanted.hard == RLIM_INFINITY && wanted.soft == RLIM_INFINITY) continue;
    const auto met = [&](const Rlimit& given) {
      return given.resource == wanted.resource && given.soft <= wanted.soft &&
             given.hard <= wanted.hard;
    };
    if (std::ranges::any_of(spec.process.rlimits, met)) continue;
    std::string_view name = rlimit_name(wanted.resource);
    name.remove_prefix(std::string_view("RLIMIT_").size());
    names += fmt::format("{} ", name);
  }
  return names.empty() ? names : names + "absent or larger";
}

}  // namespace

NotAsked not_asked(const Spec& spec) {
  using enum Boundary;
  const Spec hardened = make_preset(Preset::kHardened);
  NotAsked lacks;
  for (std::size_t i = 0; i < kNamespaceKinds; ++i) {
    // The two have the same order (spec.h).
    lacks[static_cast<Boundary>(i)] =
        lacks_of_namespace(spec, static_cast<NamespaceKind>(i));
  }
  lacks[kRootfs] = lacks_of_rootfs(spec, hardened);
  lacks[kDevices] = lacks_of_devices(spec, hardened);
  lacks[kCgroup] = lacks_of_cgroup(spec);
  lacks[kCapabilities] = lacks_of_capabilities(spec);
  lacks[kNoNewPrivs] = spec.process.no_new_privs ? "" : "not set";
  lacks[kSeccomp] = lacks_of_seccomp(spec);
  lacks[kRlimits] = lacks_of_rlimits(spec, hardened);
  // An annotation asks bulkhead alone.
  lacks[kLandlock] = "no word for it";
  lacks[kLsm] = spec.labels == Labels{} ? "no profile and no context" : "";
  std::erase_if(lacks, [](const auto& one) { return one.second.empty(); });
  return lacks;
}

std::string not_asked_of(const NotAsked& lacks, const probes::Probe& probe) {
  std::string text;
  for (const std::string& word : probe.watches) {
    const auto boundary = boundary_named(word);
    const auto found = boundary ? lacks.find(*boundary) : lacks.end();
    if (found == lacks.end()) continue;
    text +=
        fmt::format("{}{} ({})", text.empty() ? "" : ", ", word, found->second);
  }
  return text;
}

std::string fact_not_asked(const std::optional<probes::Observation>& attempt,
                           const probes::Facts& facts,
                           const probes::Probe& probe) {
  if (!attempt || attempt->missing_fact.empty() ||
      facts.contains(attempt->missing_fact)) {
    return {};
  }
  return fmt::format("{} (no {})", fmt::join(probe.watches, ", "),
                     attempt->missing_fact);
}

bool reference_adds(const probes::Probe& probe) {
  // The root is nodev where /dev is the container's own, and an annotation of
  // its own asks for Landlock.
  return probe.id == "rootfs/nodev" || probe.id.starts_with("landlock/");
}

}  // namespace bulkhead::verify
