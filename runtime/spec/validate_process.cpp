#include <set>

#include "runtime/spec/names.h"
#include "runtime/spec/paths.h"
#include "runtime/spec/validate_sections.h"

namespace bulkhead::rules {
namespace {

constexpr std::uint32_t kNoId = 0xffffffff;  // (uid_t)-1: "leave it as it is"

std::string names_of(CapabilityMask mask) {
  std::string text;
  for (const std::string& name : capability_names(mask)) {
    text += (text.empty() ? "" : " ") + name;
  }
  return text;
}

void check_subset(CapabilityMask inner, CapabilityMask outer,
                  const std::string& member, const std::string& where,
                  Findings& findings) {
  const CapabilityMask outside = inner & ~outer;
  if (outside == 0) return;
  findings.add(
      "/process/capabilities/" + member,
      names_of(outside) + " not in " + where + ": the kernel would refuse");
}

void check_capabilities(const Capabilities& caps, Findings& findings) {
  check_subset(caps.permitted, caps.bounding, "permitted", "bounding",
               findings);
  check_subset(caps.effective, caps.permitted, "effective", "permitted",
               findings);
  check_subset(caps.ambient, caps.permitted & caps.inheritable, "ambient",
               "both permitted and inheritable", findings);
}

void check_rlimits(const std::vector<Rlimit>& rlimits, Findings& findings) {
  std::set<int> seen;
  for (std::size_t i = 0; i < rlimits.size(); ++i) {
    const Rlimit& rlimit = rlimits[i];
    const std::string place = "/process/rlimits/" + std::to_string(i);
    const std::string name(rlimit_name(rlimit.resource));
    if (name.empty()) findings.add(place + "/type", "is no resource limit");
    if (rlimit.soft > rlimit.hard) {
      findings.add(place + "/soft", name + ": " + std::to_string(rlimit.soft) +
                                        " is above the hard limit " +
                                        std::to_string(rlimit.hard));
    }
    if (!seen.insert(rlimit.resource).second) {
      findings.add(place + "/type", name + " is given more than once");
    }
  }
}

void check_environment(const Process& process, Findings& findings) {
  for (std::size_t i = 0; i < process.environment.size(); ++i) {
    const std::string& entry = process.environment[i];
    const std::string place = "/process/env/" + std::to_string(i);
    if (entry.find('\0') != std::string::npos) {
      findings.add(place, "holds a NUL byte");
    }
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos || equals == 0) {
      findings.add(place, "\"" + entry + "\" is not NAME=VALUE");
    }
  }
}

/// Whether `id` lies in one of `mappings`.
bool is_mapped(std::uint32_t id, const std::vector<IdMapping>& mappings) {
  for (const IdMapping& mapping : mappings) {
    if (id >= mapping.container_id &&
        id - mapping.container_id < mapping.size) {
      return true;
    }
  }
  return false;
}

void check_ids(const Spec& spec, Findings& findings) {
  const bool mapped = is_new(spec, NamespaceKind::kUser);
  const auto check = [&](std::uint32_t id, const std::string& member,
                         const std::vector<IdMapping>& mappings) {
    if (id == kNoId) {
      findings.add("/process/user/" + member, "4294967295 is no id");
    } else if (mapped && !mappings.empty() && !is_mapped(id, mappings)) {
      findings.add("/process/user/" + member,
                   std::to_string(id) +
                       " is not mapped into the user "
                       "namespace");
    }
  };
  check(spec.process.uid, "uid", spec.uid_mappings);
  check(spec.process.gid, "gid", spec.gid_mappings);
  for (std::size_t i = 0; i < spec.process.additional_gids.size(); ++i) {
    check(spec.process.additional_gids[i],
          "additionalGids/" + std::to_string(i), spec.gid_mappings);
  }
}

}  // namespace

void check_process(const Spec& spec, Findings& findings) {
  const Process& process = spec.process;
  if (process.argv.empty() || process.argv.front().empty()) {
    findings.add("/process/args", "is empty; name the program to run");
  }
  for (std::size_t i = 0; i < process.argv.size(); ++i) {
    if (process.argv[i].find('\0') != std::string::npos) {
      findings.add("/process/args/" + std::to_string(i), "holds a NUL byte");
    }
  }
  const std::string problem = container_path_problem(process.cwd);
  if (!problem.empty()) findings.add("/process/cwd", problem);
  if (process.umask && *process.umask > 0777) {
    findings.add("/process/user/umask", "is above 0777");
  }
  if (process.oom_score_adj &&
      (*process.oom_score_adj < -1000 || *process.oom_score_adj > 1000)) {
    findings.add("/process/oomScoreAdj", "is not within -1000 to 1000");
  }
  check_environment(process, findings);
  check_ids(spec, findings);
  check_rlimits(process.rlimits, findings);
  if (process.capabilities) {
    check_capabilities(*process.capabilities, findings);
  }
}

}  // namespace bulkhead::rules
