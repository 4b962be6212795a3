#include "runtime/spec/mount_options.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>

#include "runtime/spec/names.h"

namespace bulkhead {
namespace {

constexpr std::array<std::string_view, 7> kKindNames = {
    "bind", "proc", "sysfs", "tmpfs", "devpts", "mqueue", "cgroup"};

struct OptionFlag {
  std::string_view word;
  bool Mount::*member;
  bool value;
};
constexpr std::array<OptionFlag, 9> kOptionFlags = {{
    {"ro", &Mount::read_only, true},
    {"rro", &Mount::read_only, true},  // A recursive bind is all of one kind.
    {"rw", &Mount::read_only, false},
    {"nosuid", &Mount::nosuid, true},
    {"suid", &Mount::nosuid, false},
    {"nodev", &Mount::nodev, true},
    {"dev", &Mount::nodev, false},
    {"noexec", &Mount::noexec, true},
    {"exec", &Mount::noexec, false},
}};

/// When times are written, and what is the case anyway: every mount is private.
constexpr std::array<std::string_view, 15> kHarmless = {
    "defaults",   "async",      "atime",      "noatime",     "diratime",
    "nodiratime", "relatime",   "norelatime", "strictatime", "nostrictatime",
    "lazytime",   "nolazytime", "nomand",     "private",     "rprivate"};

OptionProblem bad(std::string_view option, std::string_view wanted) {
  return {"\"" + std::string(option) + "\": " + std::string(wanted)};
}

OptionProblem not_done(std::string_view option, std::string_view why) {
  return {bad(option, why).text, true};
}

OptionProblem apply_tmpfs(std::string_view option, std::string_view key,
                          std::string_view value, Mount& mount) {
  if (key == "size" || key == "nr_inodes") {
    const auto number = size_named(value);
    if (!number || *number == 0) {
      return bad(option,
                 "a number above 0 is wanted (K, M, G: 1024); 0 would "
                 "be unbounded");
    }
    (key == "size" ? mount.size_bytes : mount.inodes) = *number;
    return {};
  }
  if (key == "mode") {
    const auto mode = number_named(value, 8);
    if (!mode || *mode > 07777) return bad(option, "octal, up to 7777");
    mount.mode = static_cast<std::uint32_t>(*mode);
    return {};
  }
  return not_done(option, "not implemented for a tmpfs");
}

OptionProblem apply_devpts(std::string_view option, std::string_view key,
                           std::string_view value, Mount& mount) {
  if (option == "newinstance") return {};  // Since 4.7 there is nothing else.
  if (key == "ptmxmode") {
    if (number_named(value, 8) == 0666U) return {};
    return not_done(option, "it is always 0666");
  }
  if (key == "mode") {
    if (number_named(value, 8) == 0620U) return {};
    return not_done(option, "it is always 0620");
  }
  if (key == "max") {
    const auto number = number_named(value);
    if (!number || *number == 0 || *number > (1U << 20)) {
      return bad(option, "1 to 1048576 ptys");
    }
    mount.pty_max = static_cast<std::uint32_t>(*number);
    return {};
  }
  return not_done(option, "not implemented for a devpts");
}

OptionProblem apply_proc(std::string_view option, std::string_view key,
                         std::string_view value, Mount& mount) {
  if (option == "subset=pid") {
    mount.subset_pid = true;
    return {};
  }
  if (key == "hidepid") {
    if (value == "ptraceable" || value == "4") {
      mount.hidepid = true;
      return {};
    }
    if (value == "off" || value == "0") {
      mount.hidepid = false;
      return {};
    }
    return bad(option, "\"ptraceable\" or \"off\"");
  }
  return not_done(option, "not implemented for a proc");
}

OptionProblem apply_bind(std::string_view option, Mount& mount) {
  if (option == "bind" || option == "rbind") {
    mount.recursive = option == "rbind";
    return {};
  }
  if (option == "idmap") {
    mount.idmap = true;
    return {};
  }
  return not_done(option, "not implemented for a bind");
}

}  // namespace

std::optional<MountKind> mount_kind_named(std::string_view type) {
  const auto* found = std::find(kKindNames.begin(), kKindNames.end(), type);
  if (found == kKindNames.end()) return std::nullopt;
  return static_cast<MountKind>(found - kKindNames.begin());
}

std::string_view name_of(MountKind kind) {
  return kKindNames[static_cast<std::size_t>(kind)];
}

OptionProblem apply_mount_option(std::string_view option, Mount& mount) {
  for (const OptionFlag& flag : kOptionFlags) {
    if (flag.word == option) {
      mount.*flag.member = flag.value;
      return {};
    }
  }
  if (std::find(kHarmless.begin(), kHarmless.end(), option) !=
      kHarmless.end()) {
    return {};
  }
  const std::size_t equals = option.find('=');
  const std::string_view key = option.substr(0, equals);
  const std::string_view value = equals == std::string_view::npos
                                     ? std::string_view()
                                     : option.substr(equals + 1);
  using enum MountKind;
  if (key == "gid" && (mount.kind == kTmpfs || mount.kind == kDevpts)) {
    const auto gid = number_named(value);
    if (!gid || *gid > std::numeric_limits<std::uint32_t>::max()) {
      return bad(option, "a group number is wanted");
    }
    mount.gid = static_cast<std::uint32_t>(*gid);
    return {};
  }
  switch (mount.kind) {
    case kBind:
      return apply_bind(option, mount);
    case kTmpfs:
      return apply_tmpfs(option, key, value, mount);
    case kDevpts:
      return apply_devpts(option, key, value, mount);
    case kProc:
      return apply_proc(option, key, value, mount);
    case kSysfs:
    case kMqueue:
    case kCgroup:
      break;
  }
  return not_done(option,
                  "not implemented for a " + std::string(name_of(mount.kind)));
}

std::vector<std::string> mount_options(const Mount& mount) {
  std::vector<std::string> options;
  if (mount.kind == MountKind::kBind) {
    options = {mount.recursive ? "rbind" : "bind", "rprivate"};
    if (mount.idmap) options.emplace_back("idmap");
  }
  options.emplace_back(mount.read_only ? "ro" : "rw");
  // To other runtimes "ro" is the topmost mount only.
  if (mount.recursive && mount.read_only) options.emplace_back("rro");
  if (mount.nosuid) options.emplace_back("nosuid");
  if (mount.nodev) options.emplace_back("nodev");
  if (mount.noexec) options.emplace_back("noexec");
  if (mount.kind == MountKind::kTmpfs) {
    const std::uint64_t size =
        mount.size_bytes != 0 ? mount.size_bytes : kDefaultTmpfsBytes;
    const std::uint64_t inodes =
        mount.inodes != 0 ? mount.inodes : kDefaultTmpfsInodes;
    options.push_back("size=" + std::to_string(size));
    options.push_back("nr_inodes=" + std::to_string(inodes));
    options.push_back("mode=" + octal(mount.mode));
  }
  if (mount.kind == MountKind::kDevpts) {
    options.insert(options.end(),
                   {"newinstance", "ptmxmode=0666", "mode=0620"});
    if (mount.pty_max != 0) {
      options.push_back("max=" + std::to_string(mount.pty_max));
    }
  }
  if (mount.gid) options.push_back("gid=" + std::to_string(*mount.gid));
  if (mount.subset_pid) options.emplace_back("subset=pid");
  if (mount.hidepid) options.emplace_back("hidepid=ptraceable");
  return options;
}

std::optional<std::uint64_t> number_named(std::string_view text, int base) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> size_named(std::string_view text) {
  if (text.empty()) return std::nullopt;
  constexpr std::string_view kSuffixes = "kmgt";
  const char last =
      static_cast<char>(std::tolower(static_cast<unsigned char>(text.back())));
  const std::size_t power = kSuffixes.find(last);
  unsigned shift = 0;
  if (power != std::string_view::npos) {
    shift = 10 * (static_cast<unsigned>(power) + 1);
    text.remove_suffix(1);
  }
  const auto number = number_named(text);
  if (!number) return std::nullopt;
  if (*number > (std::numeric_limits<std::uint64_t>::max() >> shift)) {
    return std::nullopt;
  }
  return *number << shift;
}

}  // namespace bulkhead
