#include "probes/support/capability.h"

#include <linux/capability.h>
#include <sys/prctl.h>

#include <array>
#include <cstdio>

#include "probes/support/try.h"

namespace bulkhead::probes {

namespace {

constexpr int kMostCapabilities = 64;

}  // namespace

std::optional<CapabilitySets> capability_sets() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  if (!call(SYS_capget, &header, data.data()).ok()) return std::nullopt;
  const auto whole = [&](auto member) {
    return std::uint64_t{data[1].*member} << 32 | data[0].*member;
  };
  return CapabilitySets{whole(&__user_cap_data_struct::effective),
                        whole(&__user_cap_data_struct::permitted),
                        whole(&__user_cap_data_struct::inheritable)};
}

int set_capabilities(const CapabilitySets& sets) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  for (unsigned i = 0; i < 2; ++i) {
    data[i].effective = static_cast<std::uint32_t>(sets.effective >> 32 * i);
    data[i].permitted = static_cast<std::uint32_t>(sets.permitted >> 32 * i);
    data[i].inheritable =
        static_cast<std::uint32_t>(sets.inheritable >> 32 * i);
  }
  return call(SYS_capset, &header, data.data()).error;
}

int last_capability() {
  int last = -1;
  while (last + 1 < kMostCapabilities &&
         prctl(PR_CAPBSET_READ, last + 1, 0, 0, 0) >= 0) {
    ++last;
  }
  return last;
}

std::uint64_t bounding_set() {
  std::uint64_t mask = 0;
  for (int i = 0; i <= last_capability(); ++i) {
    if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1) mask |= std::uint64_t{1} << i;
  }
  return mask;
}

std::uint64_t ambient_set() {
  std::uint64_t mask = 0;
  for (int i = 0; i <= last_capability(); ++i) {
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1) {
      mask |= std::uint64_t{1} << i;
    }
  }
  return mask;
}

std::string hex(std::uint64_t mask) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "0x%llx",
                static_cast<unsigned long long>(mask));
  return text.data();
}

bool plant_held(Outside& outside, int capability) {
  const auto own = capability_sets();
  if (!own) return false;
  outside.tell("held", (own->effective >> capability & 1) != 0 ? "yes" : "no");
  return true;
}

Observation unless_lacking(const Inside& inside, Observation seen) {
  if (seen.outcome == Outcome::kRefused && inside.planted("held") == "no") {
    return absent("the harness itself lacks the capability: " + seen.evidence);
  }
  return seen;
}

Observation read_capabilities() {
  const auto sets = capability_sets();
  return sets ? works("permitted " + hex(sets->permitted))
              : broken("capget: " + errno_name(errno));
}

}  // namespace bulkhead::probes
