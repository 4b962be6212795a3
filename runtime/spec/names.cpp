#include "runtime/spec/names.h"

#include <sys/capability.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

namespace bulkhead {
namespace {

struct RlimitName {
  std::string_view name;
  int resource;
};
constexpr std::array<RlimitName, 16> kRlimitNames = {{
    {"RLIMIT_CPU", RLIMIT_CPU},
    {"RLIMIT_FSIZE", RLIMIT_FSIZE},
    {"RLIMIT_DATA", RLIMIT_DATA},
    {"RLIMIT_STACK", RLIMIT_STACK},
    {"RLIMIT_CORE", RLIMIT_CORE},
    {"RLIMIT_RSS", RLIMIT_RSS},
    {"RLIMIT_NPROC", RLIMIT_NPROC},
    {"RLIMIT_NOFILE", RLIMIT_NOFILE},
    {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
    {"RLIMIT_AS", RLIMIT_AS},
    {"RLIMIT_LOCKS", RLIMIT_LOCKS},
    {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
    {"RLIMIT_NICE", RLIMIT_NICE},
    {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
    {"RLIMIT_RTTIME", RLIMIT_RTTIME},
}};

constexpr std::array<std::string_view, kNamespaceKinds> kOciNamespaces = {
    "pid", "mount", "network", "ipc", "uts", "user", "cgroup", "time"};

std::string upper(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  return result;
}

std::optional<unsigned> number_in(std::string_view text) {
  unsigned number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

}  // namespace

std::string capability_name(unsigned number) {
  const std::unique_ptr<char, decltype(&cap_free)> name(
      cap_to_name(static_cast<cap_value_t>(number)), cap_free);
  // libcap writes a number it has no name for as the bare number.
  const std::string text = upper(name.get());
  return text.starts_with("CAP_") ? text : "CAP_" + std::to_string(number);
}

std::optional<unsigned> capability_named(std::string_view name) {
  std::string wanted = upper(name);
  if (!wanted.starts_with("CAP_")) wanted.insert(0, "CAP_");
  cap_value_t number = 0;
  if (cap_from_name(wanted.c_str(), &number) == 0) {
    return static_cast<unsigned>(number);
  }
  const bool bare = !name.starts_with("CAP_");
  const auto digits = bare ? std::nullopt : number_in(wanted.substr(4));
  return digits && *digits < 64 ? digits : std::nullopt;
}

std::vector<std::string> capability_names(CapabilityMask mask) {
  std::vector<std::string> names;
  for (unsigned number = 0; number < 64; ++number) {
    if ((mask >> number & 1) != 0) names.push_back(capability_name(number));
  }
  return names;
}

CapabilityMask running_capabilities() {
  CapabilityMask mask = 0;
  for (unsigned number = 0; number < 64; ++number) {
    // EINVAL past the kernel's last one: tried, so that /proc need not be
    // there.
    if (prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0) {
      mask |= CapabilityMask{1} << number;
    }
  }
  return mask;
}

std::optional<int> rlimit_named(std::string_view name) {
  std::string wanted = upper(name);
  if (!wanted.starts_with("RLIMIT_")) wanted.insert(0, "RLIMIT_");
  for (const RlimitName& entry : kRlimitNames) {
    if (entry.name == wanted) return entry.resource;
  }
  return std::nullopt;
}

std::string_view rlimit_name(int resource) {
  for (const RlimitName& entry : kRlimitNames) {
    if (entry.resource == resource) return entry.name;
  }
  return {};
}

std::string octal(std::uint32_t mode) {
  std::array<char, 16> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), mode, 8).ptr;
  return "0" + std::string(buffer.data(), end);
}

std::optional<NamespaceKind> namespace_named(std::string_view oci_name) {
  for (std::size_t i = 0; i < kOciNamespaces.size(); ++i) {
    if (kOciNamespaces[i] == oci_name) return static_cast<NamespaceKind>(i);
  }
  return std::nullopt;
}

std::string_view oci_name_of(NamespaceKind kind) {
  return kOciNamespaces[static_cast<std::size_t>(kind)];
}

std::optional<std::uint32_t> errno_named(std::string_view name) {
  if (const auto number = number_in(name)) {
    return *number >= 1 && *number <= 4095 ? number : std::nullopt;
  }
  const std::string wanted = upper(name);
  for (int value = 1; value < 4096; ++value) {
    const char* known = strerrorname_np(value);
    if (known != nullptr && wanted == known) {
      return static_cast<std::uint32_t>(value);
    }
  }
  return std::nullopt;
}

}  // namespace bulkhead
