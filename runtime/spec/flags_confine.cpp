// --landlock… and the labels of other security modules.
#include <limits>

#include "runtime/spec/flags_problems.h"
#include "runtime/spec/mount_options.h"

namespace bulkhead::flags {
namespace {

std::optional<std::set<std::uint16_t>> ports_of(
    std::string_view flag, const std::vector<std::string>& values,
    Problems& problems) {
  if (values.size() == 1 && values.front() == "any") return std::nullopt;
  std::set<std::uint16_t> ports;
  for (const std::string& value : values) {
    if (value == "none" && values.size() == 1) continue;
    const auto port = number_named(value);
    if (!port || *port > std::numeric_limits<std::uint16_t>::max()) {
      problems.add(flag, value,
                   "a port from 0 to 65535 is wanted, or, alone, none or any");
      continue;
    }
    ports.insert(static_cast<std::uint16_t>(*port));
  }
  return ports;
}

void apply_files(const std::string& value, Spec& spec, Problems& problems) {
  if (value == "none") {
    spec.landlock.reset();
  } else if (value == "mounts") {
    if (!spec.landlock) spec.landlock = Landlock{};
    spec.landlock->by_mounts = true;
  } else {
    problems.add("--landlock", value, "mounts or none is wanted");
  }
}

}  // namespace

void apply_confinement(const SpecFlags& flags, Spec& spec, Problems& problems) {
  if (flags.landlock) apply_files(*flags.landlock, spec, problems);
  const bool ports =
      !flags.landlock_bind.empty() || !flags.landlock_connect.empty();
  if (ports && flags.landlock == "none") {
    problems.add("--landlock", "none", "goes with neither ports");
    return;
  }
  if (ports && !spec.landlock) spec.landlock = Landlock{};
  if (!flags.landlock_bind.empty()) {
    spec.landlock->tcp_bind =
        ports_of("--landlock-bind", flags.landlock_bind, problems);
  }
  if (!flags.landlock_connect.empty()) {
    spec.landlock->tcp_connect =
        ports_of("--landlock-connect", flags.landlock_connect, problems);
  }
  // The preset only prefers it; what is asked for by name is required.
  if (flags.landlock || ports) spec.prefer.erase("landlock");
  if (flags.apparmor) spec.labels.apparmor = *flags.apparmor;
  if (flags.selinux) spec.labels.selinux = *flags.selinux;
  if (flags.mount_label) spec.labels.mount = *flags.mount_label;
}

}  // namespace bulkhead::flags
