// The profile files of engines (moby's profiles/seccomp, Podman's
// /usr/share/containers/seccomp.json): OCI's seccomp object with rules that
// hold for some containers, architectures and kernels only.
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "runtime/spec/names.h"
#include "runtime/spec/oci_seccomp.h"

namespace bulkhead::oci {
namespace {

#if defined(__x86_64__)
constexpr std::string_view kNative = "SCMP_ARCH_X86_64";
constexpr std::string_view kGoArch = "amd64";
#elif defined(__aarch64__)
constexpr std::string_view kNative = "SCMP_ARCH_AARCH64";
constexpr std::string_view kGoArch = "arm64";
#else
#error "oci_parse_profile.cpp knows x86_64 and aarch64"
#endif

using Version = std::array<unsigned, 2>;

/// Of "6.1" or "6.1.0-28-amd64".
std::optional<Version> version_of(std::string_view text) {
  Version version{};
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, version[0]);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') {
    return std::nullopt;
  }
  const auto minor = std::from_chars(major.ptr + 1, end, version[1]);
  if (minor.ec != std::errc()) return std::nullopt;
  return version;
}

Version running_version() {
  utsname names{};
  uname(&names);
  return version_of(names.release).value_or(Version{});
}

/// "includes" or "excludes" of a rule; what is not mentioned asks nothing.
struct Condition {
  std::vector<std::string> architectures;
  CapabilityMask capabilities = 0;
  std::optional<Version> least_kernel;

  [[nodiscard]] bool names_native() const {
    return std::ranges::find(architectures, kGoArch) != architectures.end();
  }
  [[nodiscard]] bool kernel_is_new_enough() const {
    return running_version() >= *least_kernel;
  }
};

Condition parse_condition(Object& rule, std::string_view member) {
  Condition condition;
  const auto node = rule.take(member);
  if (!node) return condition;
  Object object(*node);
  object.into("arches", condition.architectures);
  if (const auto names = object.take("caps")) {
    for (const Node& entry : names->list()) {
      const auto name = entry.string();
      const auto number = name ? capability_named(*name) : std::nullopt;
      if (number) {
        condition.capabilities |= capability_bit(*number);
      } else if (name) {
        entry.complain("\"" + *name + "\" is no name of capabilities(7)");
      }
    }
  }
  if (const auto least = object.take("minKernel")) {
    const auto text = least->string();
    if (text && !text->empty()) {
      condition.least_kernel = version_of(*text);
      if (!condition.least_kernel) {
        least->complain("\"" + *text + "\" is no version such as \"4.8\"");
      }
    }
  }
  return condition;
}

/// As moby has it: a rule is included by all of what is mentioned, and excluded
/// by any of it.
bool applies(const Condition& includes, const Condition& excludes,
             CapabilityMask granted) {
  if (!includes.architectures.empty() && !includes.names_native()) return false;
  if ((includes.capabilities & ~granted) != 0) return false;
  if (includes.least_kernel && !includes.kernel_is_new_enough()) return false;
  if (excludes.names_native()) return false;
  if ((excludes.capabilities & granted) != 0) return false;
  return !excludes.least_kernel || !excludes.kernel_is_new_enough();
}

/// An errno by name, which Podman writes beside its number.
void parse_errno_name(Object& object, std::string_view member,
                      SeccompAction action,
                      std::optional<std::uint32_t>& target) {
  const auto node = object.take(member);
  const auto name = node ? node->string() : std::nullopt;
  if (!name || name->empty()) return;
  const auto number = errno_named(*name);
  if (!number) {
    node->complain("\"" + *name + "\" is no errno; such as \"EPERM\"");
  } else if (action != SeccompAction::kErrno) {
    node->complain("goes with SCMP_ACT_ERRNO only");
  } else if (target && *target != *number) {
    node->complain("\"" + *name + "\" is " + std::to_string(*number) +
                   ", and the number beside it is " + std::to_string(*target));
  } else {
    target = number;
  }
}

/// Nothing where the rule is not for this container.
std::optional<SeccompRule> parse_profile_rule(const Node& node,
                                              CapabilityMask granted) {
  Object object(node);
  object.accept("comment");
  const Condition includes = parse_condition(object, "includes");
  const Condition excludes = parse_condition(object, "excludes");
  SeccompRule rule;
  // How a rule said it before it could have several.
  if (const auto name = object.take("name")) {
    const auto text = name->string();
    if (text && !text->empty()) rule.names = {*text};
  }
  parse_rule(object, rule);
  parse_errno_name(object, "errno", rule.action, rule.errno_return);
  if (!applies(includes, excludes, granted)) return std::nullopt;
  return rule;
}

/// The filter's architectures: the native one and its subarchitectures.
void parse_architecture_map(const Node& node, Seccomp& seccomp) {
  if (!seccomp.architectures.empty()) {
    node.complain("says what \"architectures\" says; leave one out");
  }
  for (const Node& entry : node.list()) {
    Object object(entry);
    std::vector<std::string> names;
    if (const auto name = object.require("architecture", "its name")) {
      if (auto text = parse_architecture(*name)) names.push_back(*text);
    }
    if (const auto others = object.take("subArchitectures")) {
      for (const Node& other : others->list()) {
        if (auto text = parse_architecture(other)) names.push_back(*text);
      }
    }
    if (!names.empty() && names.front() == kNative) {
      seccomp.architectures = std::move(names);
    }
  }
}

}  // namespace

Seccomp parse_seccomp_profile(const Node& node, CapabilityMask granted) {
  Object object(node);
  Seccomp seccomp;
  parse_filter(object, seccomp);
  parse_errno_name(object, "defaultErrno", seccomp.default_action,
                   seccomp.default_errno_return);
  if (const auto map = object.take("archMap")) {
    parse_architecture_map(*map, seccomp);
  }
  if (const auto syscalls = object.take("syscalls")) {
    for (const Node& entry : syscalls->list()) {
      if (auto rule = parse_profile_rule(entry, granted)) {
        seccomp.rules.push_back(std::move(*rule));
      }
    }
  }
  return seccomp;
}

}  // namespace bulkhead::oci
