#include "verify/asked.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>

#include "runtime/spec/config_file.h"
#include "runtime/spec/defaults.h"
#include "runtime/spec/paths.h"
#include "verify/box_mounts.h"
#include "verify/facts.h"

namespace bulkhead::verify {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// As good as none, for facts that must be numbers.
constexpr std::uint64_t kUnbounded = 1ULL << 62;

/// Of the memory limit, what the probes need beside a full tmpfs.
constexpr std::uint64_t kBesideTmpfs = 32ULL << 20;

bool below(const std::string& path, const std::string& directory) {
  return path != directory && is_under(path, directory);
}

/// What of a bind's source the crash box shows, and what it does not.
void look_at_bind(const Mount& mount, Asked& asked) {
  const auto say = [&](const std::string& what) {
    asked.not_examined.push_back(
        fmt::format("mount {}: {}", mount.destination, what));
  };
  std::error_code error;
  const std::string source = fs::canonical(mount.source, error).string();
  if (error) {
    say(mount.source + " is not there: " + error.message());
    return;
  }
  for (const char* own : {"/sys", "/dev", "/proc"}) {
    if (!is_under(source, own)) continue;
    say(fmt::format("{} is the crash box's own here", source));
    return;
  }
  if (source == "/tmp" || source == "/run" || is_under(source, kBoxDirectory)) {
    say(fmt::format("{} is the crash box's own here", source));
    return;
  }
  if (below(source, "/tmp") || below(source, "/run")) {
    asked.keep.push_back(source);
  }
  if (!mount.read_only) {
    say("the crash box shows the host read-only: writing through it was not "
        "tried");
  }
}

std::vector<std::string> options_of(const json& mount) {
  std::vector<std::string> options;
  if (!mount.contains("options") || !mount["options"].is_array()) return {};
  for (const json& option : mount["options"]) {
    if (option.is_string()) options.push_back(option.get<std::string>());
  }
  return options;
}

/// The last mount at `destination`, as the config has it.
std::vector<std::string> options_at(const json& config,
                                    const std::string& destination) {
  std::vector<std::string> options;
  if (!config.contains("mounts")) return options;
  for (const json& mount : config["mounts"]) {
    if (mount.is_object() &&
        clean_path(mount.value("destination", "")) == destination) {
      options = options_of(mount);
    }
  }
  return options;
}

bool has(const std::vector<std::string>& options, std::string_view start) {
  return std::ranges::any_of(options, [&](const std::string& option) {
    return option.starts_with(start);
  });
}

/// Bounds of a tmpfs that the config names, not those that it is given anyway.
std::string bounded_tmpfs(const Asked& asked, const Spec& spec) {
  std::string text;
  for (const Mount& mount : spec.mounts) {
    if (mount.kind != MountKind::kTmpfs) continue;
    const auto options = options_at(asked.config.original, mount.destination);
    const bool bytes = has(options, "size=");
    const bool inodes = has(options, "nr_inodes=");
    if (!bytes && !inodes) continue;
    // Filling it would end the container before its own bound did.
    const auto& memory = spec.resources.memory_max_bytes;
    if (bytes && memory &&
        mount.size_bytes + kBesideTmpfs > static_cast<std::uint64_t>(*memory)) {
      continue;
    }
    text +=
        fmt::format("{}{} {} {}", text.empty() ? "" : ";", mount.destination,
                    bytes ? mount.size_bytes : kUnbounded,
                    inodes ? mount.inodes : kUnbounded);
  }
  return text;
}

/// A directory that this config lets be written.
std::string scratch_of(const Spec& spec) {
  std::string first;
  for (const Mount& mount : spec.mounts) {
    if (mount.kind != MountKind::kTmpfs || mount.read_only) continue;
    if (mount.destination == "/tmp") return "/tmp";
    const bool open_to_all = (mount.mode & 0002U) != 0;
    if (first.empty() && (open_to_all || spec.process.uid == 0)) {
      first = mount.destination;
    }
  }
  return spec.rootfs.read_only && !first.empty() ? first : "/tmp";
}

bool is_relative_bind(const json& mount) {
  if (!mount.is_object() || !mount.contains("source") ||
      !mount["source"].is_string() ||
      mount["source"].get_ref<const std::string&>().starts_with('/')) {
    return false;
  }
  const auto options = options_of(mount);
  return mount.value("type", "") == "bind" ||
         std::ranges::count(options, "bind") > 0 ||
         std::ranges::count(options, "rbind") > 0;
}

}  // namespace

Result<Asked> read_asked(const std::string& directory) {
  std::error_code error;
  Asked asked{.directory = fs::absolute(directory, error).lexically_normal()};
  if (error) return fail("bundle: " + directory, error.value());
  const std::string path = asked.directory + "/config.json";
  const auto text = read_config_file(path);
  if (!text) {
    Error why = text.error();
    why.kind = ErrorKind::kUsage;
    return within("bundle", why);
  }
  auto config = parse_oci_leniently(*text, asked.directory);
  if (!config) {
    return tl::unexpected(
        error_of("bundle: " + path, config.error(), ErrorKind::kUsage));
  }
  asked.config = std::move(*config);
  const Result<Host> host = probe_host();
  if (!host) return tl::unexpected(host.error());
  leave_out_labels(*host, asked.config);
  for (const Complaint& complaint : asked.config.left_out) {
    // The probes need no terminal, and get none.
    asked.not_examined.push_back(to_string(complaint));
  }
  for (const Mount& mount : asked.config.spec.mounts) {
    if (mount.kind == MountKind::kBind) look_at_bind(mount, asked);
  }
  return asked;
}

json config_for(const Asked& asked, bool reduced, const std::string& rootfs,
                const std::string& cgroups_path) {
  json config = reduced ? asked.config.reduced : asked.config.original;
  config["root"]["path"] = rootfs;
  if (config["process"].contains("terminal")) {
    config["process"]["terminal"] = false;
  }
  config["linux"]["cgroupsPath"] = cgroups_path;
  if (!config.contains("mounts")) return config;
  for (json& mount : config["mounts"]) {
    if (!is_relative_bind(mount)) continue;
    mount["source"] =
        clean_path(asked.directory + "/" + mount["source"].get<std::string>());
  }
  return config;
}

probes::Facts facts_of_asked(const Asked& asked, const Spec& spec,
                             const std::string& root) {
  // OCI has no words for these two: no config asks for them.
  Spec words = spec;
  words.rootfs.nosuid = words.rootfs.nodev = false;
  probes::Facts facts = facts_of(words, root);
  facts.erase("bind.destination");
  facts.erase("bind.source");
  if (words.minimal_dev &&
      !has(options_at(asked.config.original, "/dev"), "nosuid")) {
    std::string& mounts = facts["mounts"];
    const std::string_view dev = ";/dev:tmpfs:nosuid";
    if (const auto at = mounts.find(dev); at != std::string::npos) {
      mounts.replace(at, dev.size(), ";/dev:tmpfs:");
    }
  }
  if (spec.seccomp) {
    facts["seccomp.errno"] =
        std::to_string(spec.seccomp->default_errno_return.value_or(EPERM));
  }
  // Every runtime supplies these (config-linux.md, "Default Devices").
  for (const DeviceNode& node : default_devices()) {
    facts["devices"] += "," + node.path.substr(std::size("/dev/") - 1);
  }
  facts["tmpfs"] = bounded_tmpfs(asked, spec);
  facts["scratch"] = scratch_of(spec);
  return facts;
}

std::uint32_t root_of(const Spec& spec) {
  if (spec.ns(NamespaceKind::kUser).mode != NamespaceMode::kNew ||
      spec.uid_mappings.empty()) {
    return 0;
  }
  for (const IdMapping& map : spec.uid_mappings) {
    if (map.container_id == 0) return map.host_id;
  }
  return spec.uid_mappings.front().host_id;
}

}  // namespace bulkhead::verify
