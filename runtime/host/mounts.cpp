// /proc/self/mountinfo and /proc/self/cgroup, parsed.
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/host/host.h"

namespace bulkhead {
namespace {

/// Undoes the octal escapes of proc_pid_mountinfo(5) (\040 is a blank).
std::string unescaped(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '\\' && i + 3 < text.size() &&
        std::all_of(text.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                    text.begin() + static_cast<std::ptrdiff_t>(i) + 4,
                    [](char c) { return c >= '0' && c <= '7'; });
    if (!escape) {
      result += text[i];
      continue;
    }
    result += static_cast<char>((text[i + 1] - '0') * 64 +
                                (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
    i += 3;
  }
  return result;
}

/// Of users and of groups: every number of 32 bits, but the last is nobody's.
constexpr std::uint64_t kIds = (1ULL << 32) - 1;

/// Without the empty parts.
std::vector<std::string> parts_of(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (const std::string_view part : split(text, separator)) {
    if (!part.empty()) parts.emplace_back(part);
  }
  return parts;
}

/// Those that a path leads to: of several at one place, the last.
std::vector<const HostMount*> uncovered(const std::vector<HostMount>& mounts) {
  std::map<std::string_view, const HostMount*> last;
  for (const HostMount& mount : mounts) last[mount.mount_point] = &mount;
  std::vector<const HostMount*> seen;
  for (const HostMount& mount : mounts) {
    if (last[mount.mount_point] == &mount) seen.push_back(&mount);
  }
  return seen;
}

}  // namespace

bool CgroupLayout::v2_has(const std::string& controller) const {
  return std::find(v2_controllers.begin(), v2_controllers.end(), controller) !=
         v2_controllers.end();
}

std::vector<HostMount> parse_mountinfo(const std::string& text) {
  std::vector<HostMount> mounts;
  for (const std::string& line : parts_of(text, '\n')) {
    const std::vector<std::string> words = parts_of(line, ' ');
    const auto dash = std::find(words.begin(), words.end(), "-");
    if (words.size() < 6 || words.end() - dash < 3) continue;
    HostMount mount;
    mount.root = unescaped(words[3]);
    mount.mount_point = unescaped(words[4]);
    mount.type = dash[1];
    mount.super_options = dash + 3 < words.end() ? dash[3] : "";
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

CgroupLayout cgroup_layout(const std::vector<HostMount>& mounts,
                           const std::string& proc_self_cgroup) {
  CgroupLayout layout;
  std::set<std::string> controllers;
  std::map<std::string, std::string> line_begins;
  for (const std::string& line : parts_of(proc_self_cgroup, '\n')) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string names = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (names.empty()) layout.v2_own_path = path;
    if (names.empty()) line_begins[""] = line.substr(0, second + 1);
    for (const std::string& name : parts_of(names, ',')) {
      layout.v1_own_path[name] = path;
      controllers.insert(name);
      line_begins[name] = line.substr(0, second + 1);
    }
  }
  for (const HostMount* one : uncovered(mounts)) {
    const HostMount& mount = *one;
    const std::string root = mount.root == "/" ? "" : mount.root;
    if (mount.type == "cgroup2" && layout.v2_mount.empty()) {
      layout.v2_mount = mount.mount_point;
      layout.line_prefix[""] = line_begins[""] + root;
    }
    if (mount.type != "cgroup") continue;
    for (const std::string& option : parts_of(mount.super_options, ',')) {
      if (!controllers.contains(option)) continue;
      layout.v1.emplace(option, mount.mount_point);
      layout.line_prefix.emplace(option, line_begins[option] + root);
    }
  }
  if (!layout.v2_mount.empty()) {
    const Result<std::string> text =
        read_file(layout.v2_mount + "/cgroup.controllers");
    if (text) layout.v2_controllers = parts_of(trimmed(*text), ' ');
  }
  return layout;
}

std::string CgroupLayout::delegated(
    const std::vector<std::string>& controllers) const {
  const auto prefix = line_prefix.find("");
  if (v2_mount.empty() || v2_own_path.size() < 2 ||
      prefix == line_prefix.end() || prefix->second != "0::") {
    return {};
  }
  const std::string directory = v2_mount + v2_own_path;
  for (const char* file : {"", "/cgroup.procs", "/cgroup.subtree_control"}) {
    if (access((directory + file).c_str(), W_OK) != 0) return {};
  }
  const Result<std::string> text = read_file(directory + "/cgroup.controllers");
  if (!text) return {};
  const std::vector<std::string> there = parts_of(trimmed(*text), ' ');
  for (const std::string& name : controllers) {
    if (std::find(there.begin(), there.end(), name) == there.end()) return {};
  }
  return v2_own_path.substr(1);
}

std::optional<SubordinateRange> subordinate_range(const std::string& file_text,
                                                  const std::string& user_name,
                                                  std::uint32_t uid) {
  for (const std::string& line : parts_of(file_text, '\n')) {
    const std::vector<std::string> words = parts_of(line, ':');
    if (words.size() != 3) continue;
    if (words[0] != user_name && words[0] != std::to_string(uid)) continue;
    const auto first = number_in<decltype(SubordinateRange::first)>(words[1]);
    const auto count = number_in<decltype(SubordinateRange::count)>(words[2]);
    if (first && count && *count > 0 &&
        std::uint64_t{*first} + *count <= kIds) {
      return SubordinateRange{*first, *count};
    }
  }
  return std::nullopt;
}

}  // namespace bulkhead
