// The facts, found by trying.
#include "runtime/host/host.h"

#include <grp.h>
#include <pwd.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/host/lsm.h"

namespace bulkhead {
namespace {

constexpr int kCapSetgid = 6;
constexpr int kCapSetuid = 7;
constexpr int kCapSysAdmin = 21;
constexpr unsigned kCloseRangeCloexec = 4;  // CLOSE_RANGE_CLOEXEC, 5.11

/// mount_setattr on a descriptor that cannot exist: ENOSYS before 5.12.
bool try_mount_setattr() {
  return syscall(SYS_mount_setattr, -1, "", 0, nullptr, 0) < 0 &&
         errno != ENOSYS;
}

/// Numbers no process has open; EINVAL means the flag is unknown.
bool try_close_range_cloexec() {
  return syscall(SYS_close_range, ~0U, ~0U, kCloseRangeCloexec) == 0;
}

int landlock_abi() {
  constexpr long kCreateRulesetVersion = 1;
  const long abi =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, kCreateRulesetVersion);
  return abi > 0 ? static_cast<int>(abi) : 0;
}

/// What a filter answers keyctl(2) with; 0: it is the kernel that answers.
int try_keyctl() {
  constexpr long kGetKeyringId = 0;
  constexpr long kSessionKeyring = -3;
  if (syscall(SYS_keyctl, kGetKeyringId, kSessionKeyring, 0) >= 0) return 0;
  const bool refused = errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM;
  return refused ? errno : 0;
}

/// Where /proc is all there, what the kernel lacks is not in it.
bool has_keys(int keyctl_error) {
  return keyctl_error == 0 || access("/proc/key-users", F_OK) == 0 ||
         access("/proc/sys", F_OK) != 0;
}

std::uint64_t status_mask(const std::string& status, const std::string& key) {
  for (const std::string_view line : split(status, '\n')) {
    if (line.starts_with(key)) {
      return std::stoull(std::string(line.substr(key.size())), nullptr, 16);
    }
  }
  return 0;
}

/// The highest capability this kernel knows: PR_CAPBSET_READ says EINVAL above.
int last_capability() {
  int known = 0;
  for (int step = 32; step > 0; step /= 2) {
    if (prctl(PR_CAPBSET_READ, known + step, 0, 0, 0) >= 0) known += step;
  }
  return known;
}

std::vector<std::uint32_t> own_groups() {
  std::vector<std::uint32_t> groups;
  const int count = getgroups(0, nullptr);
  if (count <= 0) return groups;
  groups.resize(static_cast<std::size_t>(count));
  // They may have become fewer, not more: that is EINVAL.
  groups.resize(
      static_cast<std::size_t>(std::max(0, getgroups(count, groups.data()))));
  return groups;
}

std::vector<MappedRange> own_ranges() {
  std::vector<MappedRange> ranges;
  const Result<std::string> map = read_file("/proc/self/uid_map");
  if (!map) return ranges;
  const std::vector<std::string_view> words = words_of(*map);
  for (std::size_t i = 0; i + 2 < words.size(); i += 3) {
    const auto first = number_in<decltype(MappedRange::first)>(words[i]);
    const auto count = number_in<decltype(MappedRange::count)>(words[i + 2]);
    if (!first || !count) break;
    MappedRange range;
    range.first = *first;
    range.count = *count;
    ranges.push_back(range);
  }
  return ranges;
}

/// The initial user namespace maps every id to itself (user_namespaces(7)).
bool is_initial(const std::vector<MappedRange>& ranges) {
  return ranges.size() == 1 && ranges[0].first == 0 &&
         ranges[0].count == 4294967295U;
}

std::string own_name(std::uint32_t uid) {
  // No getpwuid: in a static program it would load the host's NSS modules.
  const Result<std::string> passwd = read_file("/etc/passwd", 16 << 20);
  if (!passwd) return {};
  for (const std::string_view line : split(*passwd, '\n')) {
    const std::vector<std::string_view> fields = split(line, ':');
    if (fields.size() > 2 && fields[2] == std::to_string(uid)) {
      return std::string(fields[0]);
    }
  }
  return {};
}

}  // namespace

bool Host::has_uids(std::uint32_t first, std::uint64_t count) const {
  return std::any_of(own_uids.begin(), own_uids.end(),
                     [&](const MappedRange& range) {
                       return first >= range.first &&
                              first + count <= range.first + range.count;
                     });
}

Result<Host> probe_host() {
  Host host;
  host.uid = geteuid();
  host.gid = getegid();
  host.groups = own_groups();
  const Result<std::string> status = read_file("/proc/self/status");
  if (!status) {
    return within("host",
                  Error{status.error().what, status.error().errno_value,
                        "mount a procfs at /proc", ErrorKind::kRuntime});
  }
  host.effective_capabilities = status_mask(*status, "CapEff:");
  host.last_capability = last_capability();
  host.own_uids = own_ranges();
  if (const auto setgroups = read_file("/proc/self/setgroups"); setgroups) {
    host.setgroups_allowed = setgroups->starts_with("allow");
    // user_namespaces(7). What says neither must not pass for a "deny", under
    // which a container goes without its groups.
    if (!host.setgroups_allowed && !setgroups->starts_with("deny")) {
      return fail("host: /proc/self/setgroups says neither allow nor deny", 0,
                  "mount a procfs at /proc");
    }
  }
  host.privileged = host.has_capability(kCapSysAdmin) && host.uid == 0 &&
                    is_initial(host.own_uids);
  host.may_map_ranges =
      host.has_capability(kCapSetuid) && host.has_capability(kCapSetgid);
  if (!host.privileged) host.user_name = own_name(host.uid);
  host.mount_setattr = try_mount_setattr();
  host.close_range_cloexec = try_close_range_cloexec();
  host.time_namespaces = access("/proc/self/ns/time", F_OK) == 0;
  host.landlock_abi = landlock_abi();
  host.keyctl_error = try_keyctl();
  host.keys = has_keys(host.keyctl_error);
  // Where it is not active the file is not there, or reading it is EINVAL.
  host.apparmor = read_file("/proc/self/attr/apparmor/current").has_value();
  host.selinux = selinux_active();
  host.lsm = active_modules();
  for (int i = 0; i < RLIM_NLIMITS; ++i) {
    getrlimit(static_cast<__rlimit_resource>(i),
              &host.rlimits[static_cast<std::size_t>(i)]);
  }
  const Result<std::string> mountinfo =
      read_file("/proc/self/mountinfo", 64 << 20);
  const Result<std::string> cgroup = read_file("/proc/self/cgroup");
  if (!mountinfo) return within("host", mountinfo.error());
  if (!cgroup) return within("host", cgroup.error());
  host.mounts = parse_mountinfo(*mountinfo);
  host.cgroups = cgroup_layout(host.mounts, *cgroup);
  return host;
}

}  // namespace bulkhead
