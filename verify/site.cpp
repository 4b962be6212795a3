#include "verify/site.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "verify/bind_source.h"
#include "verify/box_cgroup.h"
#include "verify/box_mounts.h"
#include "verify/facts.h"
#include "verify/rootfs.h"

namespace bulkhead::verify {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProbeInside = "/bin/bulkhead-probe";

/// What one probe needs to be asked for otherwise.
void suit(Spec& spec, const probes::Probe& probe) {
  if (probe.measures_cpu && spec.resources.cpu_quota_us) {
    spec.resources.cpu_quota_us = kTightCpuQuotaUs;
    // The quota alone is measured.
    spec.resources.cpu_weight.reset();
  }
  const bool has_others =
      !spec.uid_mappings.empty() && spec.uid_mappings.front().size > probe.user;
  if (probe.user != 0 && has_others) spec.process.uid = probe.user;
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

Status Site::build(bool with_user_namespace) {
  for (const std::string& path :
       {directory_, directory_ + "/outside", directory_ + "/start"}) {
    if (mkdir(path.c_str(), 0755) != 0) return fail("mkdir " + path, errno);
  }
  auto built = build_rootfs(rootfs(), ground_.keyed_binary, nonce_,
                            with_user_namespace ? owner() : 0);
  if (!built) return tl::unexpected(built.error());
  if (auto made = build_bind_source(bind_source(nonce_), nonce_); !made) {
    return made;
  }
  return make_mount_points();
}

std::string Site::outside(std::string probe_id) const {
  std::ranges::replace(probe_id, '/', '.');
  return directory_ + "/outside/" + probe_id;
}

Start Site::start(const Subject& subject, const Sabotage& sabotage,
                  std::string& root, const ProbeList& probes) const {
  Start start{.spec = spec_under_test(nonce_, ground_.box),
              .without = sabotage.without,
              .skip = sabotage.skip,
              .id = "bulkhead-" + nonce_.substr(0, 12),
              .directory = directory_ + "/start"};
  start.spec.rootfs.path = rootfs();
  for (const probes::Probe* probe : probes) suit(start.spec, *probe);
  start.spec.cgroups_path = "/" + start.id;
  root = subject.stays_on_root(start) ? rootfs() : std::string();
  start.spec.process.argv = {root + kProbeInside};
  return start;
}

/// The host's root, and id maps in between; where the kernel has none for a
/// tmpfs, the container's root itself.
uid_t Site::owner() const {
  if (ground_.box.user_namespace || takes_id_maps(kBoxDirectory)) return 0;
  return spec_under_test(nonce_, ground_.box).uid_mappings.front().host_id;
}

/// A runtime whose root owns nothing here cannot make them by itself.
Status Site::make_mount_points() const {
  for (const Mount& mount : spec_under_test(nonce_, ground_.box).mounts) {
    std::error_code error;
    fs::create_directories(rootfs() + mount.destination, error);
    if (error) return fail("mkdir " + mount.destination, error.value());
  }
  return {};
}

}  // namespace bulkhead::verify
