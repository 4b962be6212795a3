#include "verify/site.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "runtime/spec/validate.h"
#include "verify/bind_source.h"
#include "verify/box_cgroup.h"
#include "verify/box_mounts.h"
#include "verify/facts.h"
#include "verify/rootfs.h"

namespace bulkhead::verify {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProbeInside = "/bin/bulkhead-probe";

/// Ports that anybody may bind, one of which may be connected to.
constexpr std::uint16_t kOpenPort = 18080;
constexpr std::uint16_t kClosedPort = 18081;

/// Who the workload is for `probe`, where there is such an id, and the ports
/// that it may use.
void suit(Spec& spec, const probes::Probe& probe) {
  const bool has_others =
      !spec.uid_mappings.empty() && spec.uid_mappings.front().size > probe.user;
  if (probe.user != 0 && has_others) spec.process.uid = probe.user;
  if (probe.confines_tcp && spec.landlock) {
    spec.landlock->tcp_bind = {kOpenPort, kClosedPort};
    spec.landlock->tcp_connect = {kOpenPort};
  }
}

/// A quota so small that other work on the machine cannot be mistaken for it,
/// in place of the one that is asked for. The one change to what a config of
/// the user's own asks for, and only where the probe measures CPU time.
void tighten_cpu(Start& start) {
  std::optional<std::int64_t>& quota = start.spec.resources.cpu_quota_us;
  if (!quota) return;
  const auto period = static_cast<std::int64_t>(
      start.spec.resources.cpu_period_us.value_or(kCpuPeriodUs));
  quota = std::min(*quota, std::max(period / 10, kMinCpuQuotaUs));
  if (start.config.is_null()) {
    // The quota alone is measured.
    start.spec.resources.cpu_weight.reset();
    start.spec.resources.cpuset_cpus.clear();
    return;
  }
  start.config["linux"]["resources"]["cpu"]["quota"] = *quota;
}

}  // namespace

Site::Site(const Ground& ground)
    : ground_(ground),
      nonce_(make_nonce()),
      directory_(run_directory(nonce_)) {}

Site::~Site() {
  end_all_others();
  for (const std::string& root : ground_.box.cgroup_roots) {
    remove_cgroups_below(root, kBoxLeaf);
  }
  // A control without its uts namespace may have renamed the box.
  const std::string hostname = kBoxHostname;
  (void)!sethostname(hostname.data(), hostname.size());
  // The machine is read-only in here, so a mount that a subject leaked into
  // the box cannot lead this outside.
  umount2(bind_source(nonce_).c_str(), MNT_DETACH);
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

Status Site::build(const Subject& subject, bool with_user_namespace) {
  for (const std::string& path :
       {directory_, directory_ + "/outside", directory_ + "/start"}) {
    if (mkdir(path.c_str(), 0755) != 0) return fail("mkdir " + path, errno);
  }
  const uid_t whose = with_user_namespace ? owner(subject) : 0;
  auto built = build_rootfs(rootfs(), ground_.keyed_binary, nonce_, whose);
  if (!built) return tl::unexpected(built.error());
  if (auto made = build_bind_source(bind_source(nonce_), nonce_); !made) {
    return made;
  }
  for (const std::string& path : subject.needs_in_root()) {
    if (auto made = make_place(path, true, whose); !made) return made;
  }
  return make_mount_points(whose);
}

std::string Site::outside(std::string probe_id) const {
  std::ranges::replace(probe_id, '/', '.');
  return directory_ + "/outside/" + probe_id;
}

Start Site::start(const Subject& subject, const Sabotage& sabotage,
                  std::string& root, const ProbeList& probes) const {
  Start start{.spec = spec(),
              .without = sabotage.without,
              .skip = sabotage.skip,
              .id = "bulkhead-" + nonce_.substr(0, 12),
              .directory = directory_ + "/start"};
  start.spec.rootfs.path = rootfs();
  start.spec.cgroups_path = "/" + start.id;
  if (ground_.asked != nullptr) {
    start.config = config_for(*ground_.asked, ground_.reduced, rootfs(),
                              start.spec.cgroups_path);
  }
  for (const probes::Probe* probe : probes) {
    if (ground_.asked == nullptr) suit(start.spec, *probe);
    if (probe->measures_cpu) tighten_cpu(start);
  }
  root = subject.stays_on_root(start) ? rootfs() : std::string();
  start.spec.process.argv = {root + kProbeInside};
  return start;
}

probes::Facts Site::facts(const Spec& spec, const std::string& root) const {
  return ground_.asked == nullptr ? facts_of(spec, root)
                                  : facts_of_asked(*ground_.asked, spec, root);
}

Spec Site::spec() const {
  if (ground_.asked != nullptr) return ground_.asked->config.spec;
  Spec spec = tested_spec(nonce_, ground_.box);
  if (ground_.strict) spec.prefer.clear();
  return spec;
}

/// The host's root, and id maps in between; where the kernel has none for a
/// tmpfs, the container's root itself. A config of the user's own is not said
/// to want such maps: only who makes them anyway gets the host's root.
uid_t Site::owner(const Subject& subject) const {
  if (ground_.box.user_namespace || subject.keeps_ids()) return 0;
  if (subject.wants_own_root()) return root_of(spec());
  const bool maps = ground_.asked == nullptr || subject.maps_its_root();
  return maps && takes_id_maps(kBoxDirectory) ? 0 : root_of(spec());
}

/// A runtime whose root owns nothing here cannot make them by itself.
Status Site::make_mount_points(uid_t owner) const {
  const Spec asked = spec();
  for (const Mount& mount : asked.mounts) {
    std::error_code unknown;
    const bool file = mount.kind == MountKind::kBind &&
                      fs::exists(mount.source, unknown) &&
                      !fs::is_directory(mount.source, unknown);
    if (auto made = make_place(mount.destination, !file, owner); !made) {
      return made;
    }
  }
  return make_place(asked.process.cwd, true, owner);
}

Status Site::make_place(const std::string& destination, bool directory,
                        uid_t owner) const {
  std::error_code error;
  std::string path = rootfs();
  const fs::path relative = fs::path(destination).relative_path();
  for (auto part = relative.begin(); part != relative.end(); ++part) {
    if (part->empty()) continue;
    path += "/" + part->string();
    if (fs::exists(path, error)) continue;
    const bool last = std::next(part) == relative.end();
    const int made = last && !directory ? mknod(path.c_str(), S_IFREG | 0644, 0)
                                        : mkdir(path.c_str(), 0755);
    if (made != 0 || lchown(path.c_str(), owner, owner) != 0) {
      return fail("make " + destination + " in the rootfs", errno);
    }
  }
  return {};
}

}  // namespace bulkhead::verify
