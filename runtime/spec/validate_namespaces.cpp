#include <algorithm>

#include "runtime/spec/names.h"
#include "runtime/spec/validate.h"
#include "runtime/spec/validate_sections.h"

namespace bulkhead::rules {
namespace {

constexpr std::size_t kMaxMappings = 340;   // user_namespaces(7), since 4.15
constexpr std::uint64_t kIds = 0xffffffff;  // 4294967295 is (uid_t)-1.

/// Half-open, so that ranges of the largest size fit.
bool overlap(std::uint64_t a, std::uint64_t a_size, std::uint64_t b,
             std::uint64_t b_size) {
  return a < b + b_size && b < a + a_size;
}

void check_mapping(const std::vector<IdMapping>& mappings, std::size_t i,
                   const std::string& place, Findings& findings) {
  const IdMapping& mapping = mappings[i];
  if (mapping.size == 0) {
    findings.add(place + "/size", "0 ids; at least 1");
    return;
  }
  if (std::uint64_t{mapping.container_id} + mapping.size > kIds) {
    findings.add(place + "/containerID", "the range ends above 4294967294");
  }
  if (std::uint64_t{mapping.host_id} + mapping.size > kIds) {
    findings.add(place + "/hostID", "the range ends above 4294967294");
  }
  for (std::size_t j = 0; j < i; ++j) {
    const IdMapping& other = mappings[j];
    if (overlap(mapping.container_id, mapping.size, other.container_id,
                other.size)) {
      findings.add(place + "/containerID",
                   "overlaps with mapping " + std::to_string(j));
    }
    if (overlap(mapping.host_id, mapping.size, other.host_id, other.size)) {
      findings.add(place + "/hostID",
                   "overlaps with mapping " + std::to_string(j));
    }
  }
}

void check_mappings(const Spec& spec, const std::vector<IdMapping>& mappings,
                    const std::string& pointer, Findings& findings) {
  const NamespaceMode mode = spec.ns(NamespaceKind::kUser).mode;
  if (mappings.empty() && mode == NamespaceMode::kNew) {
    findings.add(pointer,
                 "missing: without it everybody is nobody in the new user "
                 "namespace");
  }
  if (!mappings.empty() && mode == NamespaceMode::kHost) {
    findings.add(pointer,
                 "needs a user namespace; add it to "
                 "/linux/namespaces");
  }
  if (mappings.size() > kMaxMappings) {
    findings.add(pointer, std::to_string(mappings.size()) +
                              " lines; the kernel takes 340");
    return;
  }
  for (std::size_t i = 0; i < mappings.size(); ++i) {
    check_mapping(mappings, i, pointer + "/" + std::to_string(i), findings);
  }
}

void check_name(const Spec& spec, const std::optional<std::string>& name,
                const std::string& pointer, Findings& findings) {
  if (!name) return;
  if (!is_new(spec, NamespaceKind::kUts)) {
    findings.add(pointer,
                 "needs a new uts namespace, or it would rename "
                 "somebody else's");
  }
  if (name->size() > kMaxHostnameBytes) {
    findings.add(pointer,
                 std::to_string(name->size()) + " bytes; the kernel takes 64");
  }
  if (name->find('\0') != std::string::npos) {
    findings.add(pointer, "holds a NUL byte");
  }
}

void check_offset(const Spec& spec, const std::optional<ClockOffset>& offset,
                  const std::string& pointer, Findings& findings) {
  if (!offset) return;
  if (!is_new(spec, NamespaceKind::kTime)) {
    findings.add(pointer,
                 "needs a new time namespace; add it to "
                 "/linux/namespaces");
  }
  if (offset->nanoseconds > 999999999) {
    findings.add(pointer + "/nanosecs", "is above 999999999");
  }
}

}  // namespace

void check_namespaces(const Spec& spec, Findings& findings) {
  for (std::size_t i = 0; i < kNamespaceKinds; ++i) {
    const Namespace& ns = spec.namespaces[i];
    const std::string name(oci_name_of(static_cast<NamespaceKind>(i)));
    if (ns.mode == NamespaceMode::kJoin && !ns.path.starts_with('/')) {
      findings.add("/linux/namespaces",
                   name + ": the namespace to join needs an absolute path");
    }
    if (ns.mode != NamespaceMode::kJoin && !ns.path.empty()) {
      findings.add("/linux/namespaces", name + ": a path, but not joined");
    }
  }
  check_mappings(spec, spec.uid_mappings, "/linux/uidMappings", findings);
  check_mappings(spec, spec.gid_mappings, "/linux/gidMappings", findings);
  check_name(spec, spec.hostname, "/hostname", findings);
  check_name(spec, spec.domainname, "/domainname", findings);
  check_offset(spec, spec.monotonic_offset, "/linux/timeOffsets/monotonic",
               findings);
  check_offset(spec, spec.boottime_offset, "/linux/timeOffsets/boottime",
               findings);
}

void check_sysctls(const Spec& spec, Findings& findings) {
  for (const auto& [name, value] : spec.sysctls) {
    const std::string pointer = "/linux/sysctl/" + name;
    const bool empty_part = name.empty() || name.front() == '.' ||
                            name.back() == '.' ||
                            name.find("..") != std::string::npos;
    if (empty_part ||
        name.find_first_of(std::string_view("/\0", 2)) != std::string::npos) {
      findings.add("/linux/sysctl",
                   "\"" + name + "\" is not a name of parts joined by dots");
      continue;
    }
    if (value.find('\0') != std::string::npos) {
      findings.add(pointer, "the value holds a NUL byte");
    }
    if (name == "kernel.hostname" || name == "kernel.domainname") {
      findings.add(pointer, "set it by the field /" + name.substr(7));
      continue;
    }
    const bool net = name.starts_with("net.");
    const bool ipc = name.starts_with("kernel.shm") ||
                     name.starts_with("kernel.msg") || name == "kernel.sem" ||
                     name == "kernel.sem_next_id" ||
                     name.starts_with("fs.mqueue.");
    if (!net && !ipc) {
      findings.add(pointer,
                   "belongs to no namespace: it would change the "
                   "host");
    } else if (net && !is_new(spec, NamespaceKind::kNet)) {
      findings.add(pointer, "needs a new network namespace");
    } else if (ipc && !is_new(spec, NamespaceKind::kIpc)) {
      findings.add(pointer, "needs a new ipc namespace");
    }
  }
}

}  // namespace bulkhead::rules
