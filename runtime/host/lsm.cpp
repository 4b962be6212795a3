#include "runtime/host/lsm.h"

#include <unistd.h>

#include <array>
#include <cstdint>

#include "runtime/base/file.h"

namespace bulkhead {
namespace {

constexpr long kLsmListModules = 461;  // lsm_list_modules(2), 6.8

/// LSM_ID_… of linux/lsm.h, from LSM_ID_CAPABILITY on.
constexpr std::uint64_t kFirstId = 100;
constexpr std::array kNames = {"capability", "selinux", "smack",    "tomoyo",
                               "apparmor",   "yama",    "loadpin",  "safesetid",
                               "lockdown",   "bpf",     "landlock", "ima",
                               "evm",        "ipe"};

std::string listed_by_kernel() {
  std::array<std::uint64_t, 64> ids{};
  std::uint32_t size = sizeof ids;
  const long count = syscall(kLsmListModules, ids.data(), &size, 0);
  std::string names;
  for (long i = 0; i < count; ++i) {
    const std::uint64_t id = ids[static_cast<std::size_t>(i)];
    if (!names.empty()) names += ",";
    const bool known = id >= kFirstId && id - kFirstId < kNames.size();
    names += known ? kNames[id - kFirstId] : std::to_string(id);
  }
  return names;
}

}  // namespace

std::string active_modules() {
  if (const auto text = read_file("/sys/kernel/security/lsm"); text) {
    return trimmed(*text);
  }
  return listed_by_kernel();
}

bool selinux_active() {
  const auto known = read_file("/proc/filesystems");
  return known && known->find("\tselinuxfs\n") != std::string::npos;
}

}  // namespace bulkhead
