#include <algorithm>
#include <cerrno>
#include <limits>

#include "runtime/spec/config_file.h"
#include "runtime/spec/flags_problems.h"
#include "runtime/spec/mount_options.h"
#include "runtime/spec/names.h"
#include "runtime/spec/oci.h"
#include "runtime/spec/paths.h"
#include "runtime/spec/presets.h"
#include "runtime/spec/seccomp_profile.h"

namespace bulkhead::flags {
namespace {

std::optional<std::uint32_t> id_named(std::string_view text) {
  const auto number = number_named(text);
  if (!number || *number >= std::numeric_limits<std::uint32_t>::max()) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(*number);
}

void apply_user(const std::string& value, Process& process,
                Problems& problems) {
  const std::size_t colon = value.find(':');
  const auto uid = id_named(value.substr(0, colon));
  const auto gid = colon == std::string::npos
                       ? std::optional(process.gid)
                       : id_named(value.substr(colon + 1));
  if (!uid || !gid) {
    problems.add("--user", value, "UID or UID:GID is wanted, by number");
    return;
  }
  process.uid = *uid;
  process.gid = *gid;
}

/// NAME=VALUE replaces an earlier value of NAME.
void apply_variable(const std::string& value, Process& process,
                    Problems& problems) {
  const std::size_t equals = value.find('=');
  if (equals == 0 || equals == std::string::npos) {
    problems.add("--env", value, "NAME=VALUE is wanted");
    return;
  }
  const std::string name = value.substr(0, equals + 1);
  std::erase_if(process.environment, [&](const std::string& entry) {
    return entry.starts_with(name);
  });
  process.environment.push_back(value);
}

void apply_umask(const std::string& value, Process& process,
                 Problems& problems) {
  const auto mask = number_named(value, 8);
  if (!mask || *mask > 0777) {
    problems.add("--umask", value, "octal is wanted, 0 to 777");
    return;
  }
  process.umask = static_cast<std::uint32_t>(*mask);
}

std::optional<std::uint64_t> rlimit_value(std::string_view text) {
  if (text == "unlimited") return RLIM_INFINITY;
  return size_named(text);
}

void apply_rlimit(const std::string& value, Process& process,
                  Problems& problems) {
  const std::size_t equals = value.find('=');
  const auto resource = rlimit_named(value.substr(0, equals));
  if (!resource || equals == std::string::npos) {
    problems.add("--rlimit", value,
                 "NAME=SOFT[:HARD] is wanted, such as nofile=1024");
    return;
  }
  const std::string limits = value.substr(equals + 1);
  const std::size_t colon = limits.find(':');
  const auto soft = rlimit_value(limits.substr(0, colon));
  const auto hard = colon == std::string::npos
                        ? soft
                        : rlimit_value(limits.substr(colon + 1));
  if (!soft || !hard || *soft > *hard) {
    problems.add("--rlimit", value,
                 "numbers or \"unlimited\" are wanted, SOFT at most HARD");
    return;
  }
  const auto same = std::find_if(
      process.rlimits.begin(), process.rlimits.end(),
      [&](const Rlimit& other) { return other.resource == *resource; });
  if (same != process.rlimits.end()) {
    *same = {*resource, *soft, *hard};
  } else {
    process.rlimits.push_back({*resource, *soft, *hard});
  }
}

/// The named capabilities; ALL is all that the kernel has.
CapabilityMask mask_of(std::string_view flag,
                       const std::vector<std::string>& values,
                       Problems& problems) {
  CapabilityMask mask = 0;
  for (const std::string& value : values) {
    if (value == "ALL" || value == "all") {
      mask |= running_capabilities();
    } else if (const auto number = capability_named(value)) {
      mask |= CapabilityMask{1} << *number;
    } else {
      problems.add(flag, value,
                   "ALL or a name of capabilities(7) is wanted, such as "
                   "NET_BIND_SERVICE");
    }
  }
  return mask;
}

CapabilityMask granted_to(const Spec& spec) {
  return spec.process.capabilities ? spec.process.capabilities->bounding
                                   : running_capabilities();
}

void build_profile(const SpecFlags& flags, std::uint32_t denied_errno,
                   Spec& spec) {
  const CapabilityMask granted = granted_to(spec);
  spec.seccomp = flags.preset == name_of(Preset::kOci)
                     ? oci_profile(granted, denied_errno)
                     : hardened_profile(granted, denied_errno);
}

}  // namespace

void apply_process(const SpecFlags& flags, Spec& spec, Problems& problems) {
  Process& process = spec.process;
  process.argv = flags.command;
  for (const std::string& value : flags.environment) {
    apply_variable(value, process, problems);
  }
  if (flags.cwd) {
    const std::string problem = container_path_problem(*flags.cwd);
    if (problem.empty()) {
      process.cwd = *flags.cwd;
    } else {
      problems.add("--cwd", *flags.cwd, problem);
    }
  }
  if (flags.user) apply_user(*flags.user, process, problems);
  for (const std::string& value : flags.groups) {
    if (const auto gid = id_named(value)) {
      process.additional_gids.push_back(*gid);
    } else {
      problems.add("--group", value, "a group number is wanted");
    }
  }
  if (flags.umask) apply_umask(*flags.umask, process, problems);
  for (const std::string& value : flags.rlimits) {
    apply_rlimit(value, process, problems);
  }
  if (flags.no_new_privs) {
    process.no_new_privs = *flags.no_new_privs == "true";
    if (!process.no_new_privs && *flags.no_new_privs != "false") {
      problems.add("--no-new-privs", *flags.no_new_privs,
                   "true or false is wanted");
    }
  }
}

bool apply_capabilities(const SpecFlags& flags, Spec& spec,
                        Problems& problems) {
  const CapabilityMask added =
      mask_of("--cap-add", flags.capabilities_added, problems);
  const CapabilityMask dropped =
      mask_of("--cap-drop", flags.capabilities_dropped, problems);
  if (flags.capabilities_added.empty() && flags.capabilities_dropped.empty()) {
    return false;
  }
  const CapabilityMask all = running_capabilities();
  const CapabilityMask before = granted_to(spec);
  // "All but these" or "none but these", whichever way round.
  const bool all_added = added == all;
  const CapabilityMask granted =
      all_added ? all & ~dropped : (before & ~dropped) | added;
  Capabilities capabilities{
      .bounding = granted, .effective = granted, .permitted = granted};
  if (spec.process.uid != 0) {
    // Somebody who is not root keeps over an exec only what is ambient.
    capabilities.inheritable = added & granted;
    capabilities.ambient = added & granted;
  }
  spec.process.capabilities = capabilities;
  return true;
}

void apply_seccomp(const SpecFlags& flags, bool capabilities_changed,
                   Spec& spec, Problems& problems) {
  std::uint32_t denied_errno = EPERM;
  if (flags.seccomp_errno) {
    const auto value = errno_named(*flags.seccomp_errno);
    if (!value) {
      problems.add("--seccomp-errno", *flags.seccomp_errno,
                   "a name such as EPERM or 1 to 4095 is wanted");
    }
    denied_errno = value.value_or(EPERM);
  }
  const std::vector<std::string>& architectures = flags.seccomp_architectures;
  for (const std::string& value : architectures) {
    if (value != "x86") {
      problems.add("--seccomp-arch", value,
                   "x86, for i386 programs, is wanted");
    }
  }
  const bool generated =
      flags.seccomp ? *flags.seccomp == "default" : spec.seccomp.has_value();
  if (flags.seccomp_errno && !generated) {
    problems.add("--seccomp-errno", *flags.seccomp_errno,
                 "goes with the default profile only");
  }
  if (generated) {
    if (capabilities_changed || flags.seccomp_errno || !spec.seccomp) {
      build_profile(flags, denied_errno, spec);
    }
    if (!architectures.empty()) allow_i386(*spec.seccomp);
    return;
  }
  if (!architectures.empty()) {
    problems.add("--seccomp-arch", architectures.front(),
                 "goes with the default profile only");
  }
  spec.seccomp.reset();
  if (!flags.seccomp || *flags.seccomp == "none") return;
  const auto text = read_config_file(*flags.seccomp);
  if (!text) {
    problems.add("--seccomp", *flags.seccomp,
                 "default, none or a readable file is wanted: " +
                     text.error().message());
    return;
  }
  auto seccomp = parse_seccomp_profile(*text, granted_to(spec));
  if (seccomp) {
    spec.seccomp = std::move(*seccomp);
    return;
  }
  for (const Complaint& complaint : seccomp.error()) {
    problems.add("--seccomp", *flags.seccomp, to_string(complaint));
  }
}

}  // namespace bulkhead::flags
