#include "cli/shell_script.h"

#include <set>
#include <sstream>

#include "runtime/plan/builder.h"

namespace bulkhead::cli {
namespace {

/// The step whose line is a command to be put before the inner shell.
constexpr const char* kPrefixStep = "session.setsid";

/// Steps whose lines run outside, before unshare.
bool outside(const Step& step) {
  return step.name.starts_with("cgroup.") || step.name == "devices.cgroup";
}

/// The lines of the inner script, in the order sh can do them: mounts below
/// $root first, the pivot last, since the tools are those of the old root.
std::string inner_lines(const Plan& plan) {
  std::ostringstream script;
  std::ostringstream late;
  const auto add = [&](const Step& step, std::ostringstream& out) {
    if (plan.spec.skipped_steps.contains(step.name)) return;
    for (const std::string& line : step.shell) out << line << "\n";
  };
  for (const Step& step : plan.steps) {
    if (step.name == "rootfs.pivot" || step.name == "mountns.private") {
      add(step, script);
    }
  }
  for (const Step& step : plan.steps) {
    if (outside(step) || step.name == "clone" || step.name == "rootfs.pivot" ||
        step.name == "mountns.private" || step.name == kPrefixStep) {
      continue;
    }
    add(step, step.name == "rootfs.read_only" ? late : script);
  }
  return script.str() + late.str();
}

std::string setpriv_options(const Spec& spec) {
  std::string options;
  if (spec.process.no_new_privs) options += " --no-new-privs";
  if (spec.process.capabilities && spec.process.capabilities->bounding == 0) {
    options += " --bounding-set=-all --inh-caps=-all --ambient-caps=-all";
  }
  if (spec.process.lock_securebits && spec.process.capabilities &&
      spec.process.capabilities->permitted == 0) {
    options +=
        " --securebits=+noroot,+noroot_locked,+no_setuid_fixup,"
        "+no_setuid_fixup_locked,+keep_caps_locked";
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
std::string pivot_lines(const Spec& spec) {
  std::ostringstream script;
  script << "old=$(mktemp -d \"$root\"/tmp/old.XXXXXX)\n"
            "old=tmp/${old##*/}\n"
            "cd \"$root\"\n"
            "pivot_root . \"$old\"\n"
            "cd \"/$old\"\n"
         << kLoader << "umount -l \"/$old\"\n"
         << kLoader << "rmdir \"/$old\"\n"
         << "exec " << kLoader << "setpriv" << setpriv_options(spec) << " "
         << kLoader << "env -i -C " << shell_word(spec.process.cwd);
  for (const std::string& entry : spec.process.environment) {
    script << " " << shell_word(entry);
  }
  for (const std::string& word : spec.process.argv) {
    script << " " << shell_word(word);
  }
  script << "\n";
  return script.str();
}

void indent(std::ostringstream& out, const std::string& lines) {
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) out << line << "\n";
}

}  // namespace

std::string shell_script(const Plan& plan) {
  std::ostringstream script;
  script << "#!/bin/sh\n"
            "# Builds the container of `bulkhead explain` with a shell's "
            "tools.\n"
            "# Needs root and Debian's util-linux and coreutils. Left out, for "
            "want of a tool:\n"
            "# the seccomp filter, the session keyring, idmapped mounts, the "
            "read-back.\n"
            "# The user namespace is left out with the idmapped root: the "
            "tree's owner would be nobody.\n"
            "set -eu\n\n"
            "cleanup() {\n"
            "  status=$?\n";
  std::set<std::string> made;
  std::ostringstream enter;
  std::string options;
  std::string prefix;
  for (const Step& step : plan.steps) {
    if (step.name == "clone" && !step.shell.empty()) {
      options = step.shell.front();
    }
    if (step.name == kPrefixStep &&
        !plan.spec.skipped_steps.contains(step.name)) {
      prefix = step.shell.front() + " ";
    }
    if (!outside(step)) continue;
    for (const std::string& line : step.shell) {
      enter << line << "\n";
      if (line.starts_with("mkdir -p ")) made.insert(line.substr(9));
    }
  }
  for (const std::string& directory : made) {
    script << "  rmdir " << directory << " 2>/dev/null || true\n";
  }
  script << "  exit \"$status\"\n}\ntrap cleanup EXIT\n\n"
         << "# 1. Limits first; what follows is born under them.\n";
  script << "(\n";
  indent(script, enter.str());
  script << "\n# 2. New namespaces.\n";
  if (const std::size_t user = options.find(" --user");
      user != std::string::npos) {
    options.erase(user, 7);
  }
  const Spec& spec = plan.spec;
  if (options.find("--time") != std::string::npos) {
    if (spec.monotonic_offset) {
      options +=
          " --monotonic " + std::to_string(spec.monotonic_offset->seconds);
    }
    if (spec.boottime_offset) {
      options += " --boottime " + std::to_string(spec.boottime_offset->seconds);
    }
  }
  script << "exec " << options << " " << prefix << "sh -eu <<'INSIDE'\n"
         << "root=$(mktemp -d)\n"
         << "# 3. The mount tree, the names, the limits.\n";
  if (spec.rootfs.pivot) {
    indent(script, inner_lines(plan));
    script << "# 4. Enter it, and let go of the host's tree.\n"
           << pivot_lines(spec);
  } else {
    indent(script, inner_lines(plan));
    script << "exec";
    for (const std::string& word : spec.process.argv) {
      script << " " << shell_word(word);
    }
    script << "\n";
  }
  script << "INSIDE\n)\n";
  return script.str();
}

}  // namespace bulkhead::cli
