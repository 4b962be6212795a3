#include "cli/shell_script.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>
#include <string_view>

#include "runtime/plan/builder.h"
#include "runtime/spec/names.h"

namespace bulkhead::cli {
namespace {

/// Where in the script a step's lines stand.
enum class Part {
  kLimits,   ///< outside, before anything else
  kUnshare,  ///< options of unshare(1)
  kPrefix,   ///< put before the inner shell
  kFirst,    ///< inside, before the mounts
  kInside,   ///< mounts below $root, since the tools are the old root's
  kLast,     ///< inside, when every mount point is there
};

Part part_of(const Step& step) {
  if (step.name.starts_with("cgroup.") || step.name == "devices.cgroup") {
    return Part::kLimits;
  }
  if (step.name.ends_with(".new") || step.name == "timens.offsets") {
    return Part::kUnshare;
  }
  if (step.name == "session.setsid") return Part::kPrefix;
  if (step.name == "rootfs.pivot" || step.name == "mountns.private") {
    return Part::kFirst;
  }
  return step.name == "rootfs.read_only" ? Part::kLast : Part::kInside;
}

/// The lines of all steps of `part` that are not skipped, each with `end`.
std::string lines_of(const Plan& plan, Part part, const char* end = "\n") {
  std::string lines;
  for (const Step& step : plan.steps) {
    if (part_of(step) != part || plan.spec.skipped_steps.contains(step.name)) {
      continue;
    }
    for (const std::string& line : step.shell) lines += line + end;
  }
  return lines;
}

/// unshare(1) with what sh can do of the namespaces.
std::string unshare_command(const Plan& plan) {
  std::string options = lines_of(plan, Part::kUnshare, " ");
  // The id maps and the idmapped root take more than a shell has.
  if (const std::size_t user = options.find("--user ");
      user != std::string::npos) {
    options.erase(user, 7);
  }
  if (options.find("--time") != std::string::npos) {
    if (plan.spec.monotonic_offset) {
      options += "--monotonic " +
                 std::to_string(plan.spec.monotonic_offset->seconds) + " ";
    }
    if (plan.spec.boottime_offset) {
      options += "--boottime " +
                 std::to_string(plan.spec.boottime_offset->seconds) + " ";
    }
  }
  return "unshare " + options;
}

/// A set as setpriv(1) takes it: "-all,+chown".
std::string capability_words(CapabilityMask mask) {
  constexpr std::size_t kPrefix = std::string_view("CAP_").size();
  std::string words = "-all";
  for (const std::string& name : capability_names(mask)) {
    words += ",+";
    for (const char c : name.substr(kPrefix)) {
      words += static_cast<char>(std::tolower(c));
    }
  }
  return words;
}

bool sets_securebits(const Plan& plan) {
  return std::ranges::any_of(plan.steps, [&](const Step& step) {
    return step.name == "capabilities.securebits" &&
           !plan.spec.skipped_steps.contains(step.name);
  });
}

std::string setpriv_options(const Plan& plan) {
  const Spec& spec = plan.spec;
  std::string options;
  if (spec.process.no_new_privs) options += " --no-new-privs";
  if (const auto& sets = spec.process.capabilities) {
    options += " --bounding-set=" + capability_words(sets->bounding) +
               " --inh-caps=" + capability_words(sets->inheritable) +
               " --ambient-caps=" + capability_words(sets->ambient);
  }
  // setpriv(1) knows none of the bits that are about ambient capabilities.
  if (sets_securebits(plan) && spec.process.capabilities->permitted == 0) {
    options +=
        " --securebits=+noroot,+noroot_locked,+no_setuid_fixup,"
        "+no_setuid_fixup_locked";
    if (spec.process.lock_securebits) options += ",+keep_caps_locked";
  }
  options += " --clear-groups --regid " + std::to_string(spec.process.gid) +
             " --reuid " + std::to_string(spec.process.uid);
  return options;
}

/// A program of the old root, run by the old root's loader: seen from the
/// working directory in it, where absolute links lead astray.
constexpr const char* kLoader =
    "./usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 --library-path "
    "./usr/lib/x86_64-linux-gnu ./usr/bin/";

/// The tail that leaves the old root behind. The programs that do it are the
/// old root's, reached through a working directory in it.
std::string pivot_lines(const Plan& plan) {
  const Spec& spec = plan.spec;
  std::ostringstream script;
  script << "old=$(mktemp -d \"$root\"/tmp/old.XXXXXX)\n"
            "old=tmp/${old##*/}\n"
            "cd \"$root\"\n"
            "pivot_root . \"$old\"\n"
            "cd \"/$old\"\n"
         << kLoader << "umount -l \"/$old\"\n"
         << kLoader << "rmdir \"/$old\"\n"
         << "exec " << kLoader << "setpriv" << setpriv_options(plan) << " "
         << kLoader << "env -i --default-signal -C "
         << shell_word(spec.process.cwd);
  for (const std::string& entry : spec.process.environment) {
    script << " " << shell_word(entry);
  }
  for (const std::string& word : spec.process.argv) {
    script << " " << shell_word(word);
  }
  script << "\n";
  return script.str();
}

/// Removes the cgroups that the limits' lines make, and the mount point.
std::string cleanup_lines(const std::string& limits) {
  std::set<std::string> made;
  std::istringstream stream(limits);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("mkdir -p ")) made.insert(line.substr(9));
  }
  std::string lines = "cleanup() {\n  status=$?\n";
  for (const std::string& directory : made) {
    lines += "  rmdir " + directory + " 2>/dev/null || true\n";
  }
  return lines +
         "  rmdir \"$root\" 2>/dev/null || true\n  exit \"$status\"\n}\n"
         "root=$(mktemp -d)\nexport root\ntrap cleanup EXIT\n";
}

}  // namespace

std::string shell_script(const Plan& plan) {
  std::ostringstream script;
  script << "#!/bin/sh\n"
            "# Builds the container of `bulkhead explain` with a shell's "
            "tools.\n"
            "# Needs root and Debian's util-linux and coreutils. Left out, for "
            "want of a tool:\n"
            "# the seccomp filter, the Landlock domain, the session keyring, "
            "idmapped mounts,\n# the read-back, interpreters (--binfmt).\n"
            "# The user namespace is left out with the idmapped root: the "
            "tree's owner would be nobody.\n"
            "set -eu\n\n";
  const std::string limits = lines_of(plan, Part::kLimits);
  script << cleanup_lines(limits)
         << "\n# 1. Limits first; what follows is born under them.\n(\n"
         << limits << "\n# 2. New namespaces.\nexec " << unshare_command(plan)
         << lines_of(plan, Part::kPrefix, " ")
         << "sh -eu <<'INSIDE'\n"
            "# 3. The mount tree, the names, the limits.\n"
         << lines_of(plan, Part::kFirst) << lines_of(plan, Part::kInside)
         << lines_of(plan, Part::kLast);
  if (plan.spec.rootfs.pivot) {
    script << "# 4. Enter it, and let go of the host's tree.\n"
           << pivot_lines(plan);
  } else {
    script << "exec";
    for (const std::string& word : plan.spec.process.argv) {
      script << " " << shell_word(word);
    }
    script << "\n";
  }
  script << "INSIDE\n)\n";
  return script.str();
}

}  // namespace bulkhead::cli
