#include "runtime/spec/validate.h"

#include <algorithm>
#include <set>

#include "runtime/spec/cpu_list.h"
#include "runtime/spec/cpu_weight.h"
#include "runtime/spec/limit_names.h"
#include "runtime/spec/validate_sections.h"

namespace bulkhead {
namespace rules {

void check_resources(const Resources& resources, Findings& findings) {
  const std::string place = "/linux/resources";
  if (resources.memory_max_bytes &&
      *resources.memory_max_bytes < kMinMemoryBytes) {
    findings.add(place + "/memory/limit",
                 std::to_string(*resources.memory_max_bytes) +
                     " bytes start no process; at least " +
                     std::to_string(kMinMemoryBytes));
  }
  if (resources.swap_max_bytes && *resources.swap_max_bytes < 0) {
    findings.add(place + "/memory/swap", "is below memory.limit");
  }
  if (resources.pids_max && *resources.pids_max <= 0) {
    findings.add(place + "/pids/limit",
                 std::to_string(*resources.pids_max) +
                     " lets no process start; at least 1");
  }
  if (resources.cpu_quota_us && *resources.cpu_quota_us < kMinCpuQuotaUs) {
    findings.add(place + "/cpu/quota", std::to_string(*resources.cpu_quota_us) +
                                           " µs; the kernel's minimum is " +
                                           std::to_string(kMinCpuQuotaUs));
  }
  if (resources.cpu_period_us && (*resources.cpu_period_us < kMinCpuPeriodUs ||
                                  *resources.cpu_period_us > kMaxCpuPeriodUs)) {
    findings.add(place + "/cpu/period",
                 std::to_string(*resources.cpu_period_us) +
                     " µs; the kernel takes 1000 to 1000000");
  }
  if (resources.cpu_weight && (*resources.cpu_weight < kMinCpuWeight ||
                               *resources.cpu_weight > kMaxCpuWeight)) {
    findings.add(place + "/cpu/shares",
                 "the weight " + std::to_string(*resources.cpu_weight) +
                     " is not within 1 to 10000");
  }
}

void check_cpu_lists(const Resources& resources, Findings& findings) {
  const auto check = [&](const char* member, const std::string& text,
                         std::uint64_t most) {
    if (text.empty() || cpu_list(text, most)) return;
    findings.add(std::string("/linux/resources/cpu/") + member,
                 "\"" + text + "\": " + std::string(kCpuListWanted) +
                     ", up to " + std::to_string(most));
  };
  check("cpus", resources.cpuset_cpus, kMaxCpu);
  check("mems", resources.cpuset_mems, kMaxMemoryNode);
}

void check_limits(const Resources& resources, Findings& findings) {
  const std::string place = "/linux/resources/";
  for (std::size_t i = 0; i < resources.io.size(); ++i) {
    const IoLimit& limit = resources.io[i];
    const std::string pointer =
        place + "blockIO/" +
        std::string(kIoMembers[static_cast<std::size_t>(limit.kind)]);
    const std::string disk =
        std::to_string(limit.major) + ":" + std::to_string(limit.minor);
    if (limit.rate == 0) {
      findings.add(pointer, disk + " has a rate of 0; at least 1");
    }
    const auto same = [&](const IoLimit& other) {
      return same_target(limit, other);
    };
    if (std::any_of(resources.io.begin(),
                    resources.io.begin() + static_cast<std::ptrdiff_t>(i),
                    same)) {
      findings.add(pointer, disk + " is limited twice");
    }
  }
  std::set<std::string> sizes;
  for (const HugepageLimit& limit : resources.hugepages) {
    const std::string what = "\"" + limit.page_size + "\"";
    if (!hugepage_bytes(limit.page_size)) {
      findings.add(place + "hugepageLimits",
                   what + ": " + std::string(kHugepageWanted));
    } else if (!sizes.insert(limit.page_size).second) {
      findings.add(place + "hugepageLimits", what + " is limited twice");
    }
  }
}

void check_seccomp(const Seccomp& seccomp, Findings& findings) {
  constexpr std::uint32_t kMaxErrno = 4095;
  const auto check_errno = [&](const std::optional<std::uint32_t>& value,
                               const auto& pointer) {
    if (value && *value > kMaxErrno) {
      findings.add(pointer(), std::to_string(*value) +
                                  " is no errno: the kernel knows 0 to 4095");
    }
  };
  check_errno(seccomp.default_errno_return,
              [] { return std::string("/linux/seccomp/defaultErrnoRet"); });
  for (std::size_t i = 0; i < seccomp.rules.size(); ++i) {
    const SeccompRule& rule = seccomp.rules[i];
    // There are hundreds of rules, and nothing is said of most.
    const auto place = [&] {
      return "/linux/seccomp/syscalls/" + std::to_string(i);
    };
    check_errno(rule.errno_return, [&] { return place() + "/errnoRet"; });
    if (rule.names.empty()) findings.add(place() + "/names", "is empty");
    std::uint64_t seen = 0;
    for (std::size_t j = 0; j < rule.arguments.size(); ++j) {
      const std::uint32_t index = rule.arguments[j].index;
      const auto pointer = [&] {
        return place() + "/args/" + std::to_string(j);
      };
      if (index > 5) {
        findings.add(pointer() + "/index", "is not within 0 to 5");
        continue;
      }
      const bool twice = (seen >> index & 1) != 0;
      seen |= std::uint64_t{1} << index;
      if (twice) {
        findings.add(pointer(), "a second condition on argument " +
                                    std::to_string(index) +
                                    "; a rule can hold one: make two rules");
      }
    }
  }
}

namespace {

void check_sabotage(const Spec& spec, Findings& findings) {
  if (spec.unsafe) return;
  if (!spec.without.empty()) {
    std::string names;
    for (const Boundary boundary : spec.without) {
      names += (names.empty() ? "" : " ") + std::string(name_of(boundary));
    }
    findings.add("/without", "taking out " + names +
                                 " weakens the container on purpose: refused "
                                 "without --unsafe");
  }
  if (!spec.skipped_steps.empty()) {
    findings.add("/skip", "skipping \"" + *spec.skipped_steps.begin() +
                              "\" weakens the container on purpose: refused "
                              "without --unsafe");
  }
}

}  // namespace
}  // namespace rules

std::vector<Complaint> validate(const Spec& spec) {
  rules::Findings findings;
  rules::check_process(spec, findings);
  rules::check_namespaces(spec, findings);
  rules::check_files(spec, findings);
  rules::check_binfmt(spec, findings);
  rules::check_resources(spec.resources, findings);
  rules::check_cpu_lists(spec.resources, findings);
  rules::check_limits(spec.resources, findings);
  rules::check_sysctls(spec, findings);
  if (spec.seccomp) rules::check_seccomp(*spec.seccomp, findings);
  rules::check_sabotage(spec, findings);
  return findings.take();
}

Status validate_id(std::string_view id) {
  const auto refuse = [&](std::string why) -> Status {
    return fail("container id: " + std::move(why), 0,
                "use 1 to 128 of A-Z a-z 0-9 _ . + -", ErrorKind::kUsage);
  };
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+-";
  if (id.empty()) return refuse("it is empty");
  if (id.size() > kMaxIdBytes) {
    return refuse(std::to_string(id.size()) + " bytes are too long");
  }
  if (id.find_first_not_of(kAllowed) != std::string_view::npos) {
    return refuse("it holds a byte that a name may not have");
  }
  if (id == "." || id == "..") return refuse("\".\" and \"..\" are folders");
  if (id.front() == '-') return refuse("it would be read as an option");
  return {};
}

}  // namespace bulkhead
