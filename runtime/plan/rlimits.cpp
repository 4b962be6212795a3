// rlimits: set and read back one by one (setrlimit(2)).
#include "runtime/plan/rlimits.h"

#include <sys/resource.h>
#include <sys/syscall.h>

#include <cctype>
#include <cstdint>

#include "runtime/spec/names.h"

namespace bulkhead {
namespace {

constexpr int kCapSysResource = 24;

std::string shown_limit(std::uint64_t limit) {
  return limit == RLIM_INFINITY ? "unlimited" : std::to_string(limit);
}

/// RLIMIT_NOFILE as prlimit(1) calls it: nofile.
std::string option(const std::string& name) {
  std::string word = name.substr(name.find('_') + 1);
  for (char& c : word) c = static_cast<char>(std::tolower(c));
  return word;
}

/// A limit under which the start itself could not open what it reads back, if
/// its caller has that many descriptors open. Raising one takes a capability.
bool comes_last(const Builder& builder, const Rlimit& limit) {
  return limit.resource == RLIMIT_NOFILE &&
         limit.hard <= builder.host.rlimits[RLIMIT_NOFILE].rlim_max;
}

Status plan_limits(Builder& builder, bool last) {
  for (const Rlimit& limit : builder.spec.process.rlimits) {
    if (comes_last(builder, limit) != last) continue;
    const std::string name(rlimit_name(limit.resource));
    const rlimit& own =
        builder.host.rlimits[static_cast<std::size_t>(limit.resource)];
    const bool may_raise = builder.host.privileged &&
                           builder.host.has_capability(kCapSysResource) &&
                           !builder.is_new(NamespaceKind::kUser);
    if (limit.hard > own.rlim_max && !may_raise) {
      return fail("rlimits: " + name + ": the hard limit " +
                      shown_limit(limit.hard) + " is above the caller's " +
                      shown_limit(own.rlim_max),
                  0, "ask for no more, or raise the caller's limit first");
    }
    const std::uint64_t words[2] = {limit.soft, limit.hard};
    const std::string bytes(reinterpret_cast<const char*>(words), sizeof words);
    builder
        .step("rlimits." + name, Boundary::kRlimits, Side::kChild,
              "Set and read back.")
        .call(SYS_prlimit64,
              "prlimit(" + name + ", " + shown_limit(limit.soft) + ":" +
                  shown_limit(limit.hard) + ")",
              {value(0), value(limit.resource), builder.text(bytes), value(0)})
        .call(SYS_prlimit64, "prlimit(" + name + "): read back",
              {value(0), value(limit.resource), value(0), scratch()})
        .scratch_equals(bytes)
        .shell("prlimit --pid $$ --" + option(name) + "=" +
               shown_limit(limit.soft) + ":" + shown_limit(limit.hard));
  }
  return {};
}

}  // namespace

Status plan_rlimits(Builder& builder) { return plan_limits(builder, false); }

Status plan_descriptor_limit(Builder& builder) {
  return plan_limits(builder, true);
}

}  // namespace bulkhead
