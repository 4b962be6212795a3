#include "verify/tested_spec.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "runtime/spec/presets.h"
#include "runtime/spec/seccomp_profile.h"
#include "verify/attribution.h"
#include "verify/box_mounts.h"
#include "verify/facts_confine.h"
#include "verify/machine_limits.h"

namespace bulkhead::verify {
namespace {

/// A host directory of everybody's, read-only with all that is mounted below.
Mount bound_directory(const std::string& nonce) {
  Mount bind;
  bind.destination = kBindDestination;
  bind.source = bind_source(nonce);
  bind.read_only = true;
  bind.recursive = true;
  return bind;
}

/// A limit that this machine has no file for would keep every subject from
/// starting. Without cgroups none is asked for; the machine's notes say why.
void drop_unknown_limits(Resources& limits, const BoxFacts& box) {
  if (box.cgroups == "none") limits = {};
  // The whole group's death would take the witness and the records along.
  limits.oom_group.reset();
  const auto has = [&](const char* file) {
    return std::ranges::any_of(box.cgroup_roots, [&](const auto& root) {
      return access((root + "/" + file).c_str(), F_OK) == 0;
    });
  };
  if (!has("memory.swap.max") && !has("memory.memsw.limit_in_bytes")) {
    limits.swap_max_bytes.reset();
  }
}

struct Tightened {
  int resource;
  std::uint64_t most;
};

/// Limits that the preset leaves open, so that they can be met: far above what
/// any runtime or probe needs, and below the caller's own.
constexpr std::array kTightened = {
    Tightened{RLIMIT_CPU, 36'000}, Tightened{RLIMIT_FSIZE, 1ULL << 30},
    Tightened{RLIMIT_DATA, 8ULL << 30}, Tightened{RLIMIT_STACK, 64ULL << 20},
    Tightened{RLIMIT_RSS, 1ULL << 40},
    // cgroup/memory-page-tables spreads its pages over 64 GiB of addresses.
    Tightened{RLIMIT_AS, 128ULL << 30}, Tightened{RLIMIT_LOCKS, 1 << 20},
    Tightened{RLIMIT_MSGQUEUE, 400'000},
    Tightened{RLIMIT_RTTIME, 1'000'000'000}};

void tighten(std::vector<Rlimit>& rlimits) {
  for (Rlimit& rlimit : rlimits) {
    for (const Tightened& tightened : kTightened) {
      if (tightened.resource != rlimit.resource) continue;
      rlimit.hard = std::min(rlimit.hard, tightened.most);
      rlimit.soft = std::min(rlimit.soft, tightened.most);
    }
  }
}

}  // namespace

std::string run_directory(const std::string& nonce) {
  return std::string(kBoxDirectory) + "/" + nonce.substr(0, 12);
}

std::string bind_source(const std::string& nonce) {
  return run_directory(nonce) + "/bind";
}

Spec tested_spec(const std::string& nonce, const BoxFacts& box) {
  Spec spec = make_preset(Preset::kHardened);
  spec.hostname = "c-" + nonce.substr(0, 12);
  spec.resources.memory_max_bytes = kMemoryBytes;
  spec.resources.pids_max = kTestedPids;
  spec.resources.cpu_quota_us = kCpuQuotaUs;
  spec.resources.cpu_period_us = kCpuPeriodUs;
  spec.resources.cpu_weight = kTestedCpuWeight;
  ask_what_the_machine_has(spec.resources, box);
  drop_unknown_limits(spec.resources, box);
  tighten(spec.process.rlimits);
  spec.process.oom_score_adj = kOomScoreAdj;
  // Not what a caller has who is root; one id is all in a user namespace.
  if (!box.user_namespace) {
    spec.process.gid = kGid;
    spec.process.additional_gids = {kAdditionalGid};
  }
  spec.process.umask = kTestedUmask;
  spec.process.cwd = kTestedCwd;
  // A value that a runtime which splits or trims would change.
  spec.process.environment.emplace_back("BULKHEAD_GIVEN= a=b  c");
  spec.mounts.push_back(bound_directory(nonce));
  // Harmless, and never what a new network namespace begins with (64).
  spec.sysctls = {{"net.ipv4.ip_default_ttl", "63"}};
  if (box.user_namespace) {
    // Without real root there is one id to give away: the caller's own.
    spec.uid_mappings = {{.container_id = 0, .host_id = 0, .size = 1}};
    spec.gid_mappings = spec.uid_mappings;
  }
  const CapabilityMask granted =
      spec.process.capabilities ? spec.process.capabilities->bounding : 0;
  spec.seccomp = hardened_profile(granted, kSentinelErrno);
  ask_for_profile(spec);
  return spec;
}

}  // namespace bulkhead::verify
