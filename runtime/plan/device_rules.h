// Device rules in the two forms the kernel takes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/spec/spec.h"

namespace bulkhead {

/// "c 1:3 rwm", as devices.allow and devices.deny want it (cgroup v1).
[[nodiscard]] std::string device_rule_v1(const DeviceRule& rule);

/// What devices.list shows after `rules` were written in order: one line an
/// allowed device.
[[nodiscard]] std::string device_list_v1(const std::vector<DeviceRule>& rules);

/// struct bpf_insn words of a BPF_PROG_TYPE_CGROUP_DEVICE program (4.15): the
/// last rule that matches decides, and what no rule names is denied.
[[nodiscard]] std::vector<std::uint64_t> device_program(
    const std::vector<DeviceRule>& rules);

}  // namespace bulkhead
