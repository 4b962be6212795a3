#include "bench/ground.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/base/file.h"
#include "runtime/spec/presets.h"
#include "verify/box_mounts.h"
#include "verify/embed.h"
#include "verify/rootfs.h"

namespace bulkhead::bench {

BULKHEAD_EMBED(workload_bytes, BULKHEAD_WORKLOAD)

namespace {

constexpr long kNanosecondsPerUs = 1000;
constexpr long kNanosecondsPerSecond = 1'000'000'000;
constexpr long kCalibrationNs = 20'000'000;

long long raw_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_RAW, &now);
  return static_cast<long long>(now.tv_sec) * kNanosecondsPerSecond +
         now.tv_nsec;
}

/// Where subjects want to mount: an empty root cannot be given directories
/// later, since the containers see it read-only.
Status build_root(const std::string& rootfs, uid_t owner) {
  for (const char* directory :
       {"", "/dev", "/proc", "/sys", "/tmp", "/run", "/usr", "/var", "/var/tmp",
        "/root", "/home", "/etc", "/mnt"}) {
    const std::string path = rootfs + directory;
    if (mkdir(path.c_str(), 0755) != 0 ||
        lchown(path.c_str(), owner, owner) != 0) {
      return fail("bench: make " + path, errno);
    }
  }
  const std::string path = rootfs + kWorkloadInside;
  if (Status done = replace_file(path, workload_bytes()); !done) return done;
  if (lchown(path.c_str(), owner, owner) != 0 ||
      chmod(path.c_str(), 0755) != 0) {
    return fail("bench: make " + path, errno);
  }
  return {};
}

/// Live containers hold descriptors here.
void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

double measure_counts_per_us() {
  const long long begin_ns = raw_ns();
  const std::uint64_t begin = stamp();
  long long end_ns = begin_ns;
  while (end_ns - begin_ns < kCalibrationNs) end_ns = raw_ns();
  const std::uint64_t end = stamp();
  return static_cast<double>(end - begin) * kNanosecondsPerUs /
         static_cast<double>(end_ns - begin_ns);
}

Result<Ground> Ground::make(const verify::BoxFacts& box, Effort effort,
                            std::string self_exe) {
  Ground ground;
  ground.box = &box;
  ground.effort = effort;
  ground.self_exe = std::move(self_exe);
  ground.directory = std::string(verify::kBoxDirectory) + "/bench";
  ground.rootfs = ground.directory + "/rootfs";
  ground.workload = ground.rootfs + kWorkloadInside;
  ground.random.seed(effort.seed);
  raise_descriptor_limit();
  if (mkdir(ground.directory.c_str(), 0755) != 0) {
    return fail("bench: mkdir " + ground.directory, errno);
  }
  // Without real root there is one id, and it is the caller's.
  ground.takes_id_maps =
      box.user_namespace || verify::takes_id_maps(ground.directory);
  const uid_t owner = ground.takes_id_maps ? 0 : kContainerIdBase;
  if (Status built = build_root(ground.rootfs, owner); !built) {
    return tl::unexpected(built.error());
  }
  Result<Host> host = probe_host();
  if (!host) return tl::unexpected(host.error());
  ground.host = std::move(*host);
  Result<Records> records = Records::on_stdout();
  if (!records) return tl::unexpected(records.error());
  ground.records = std::move(*records);
  ground.counts_per_us = measure_counts_per_us();
  return ground;
}

double Ground::us(std::uint64_t from, std::uint64_t to) const {
  return static_cast<double>(static_cast<std::int64_t>(to - from)) /
         counts_per_us;
}

Spec Ground::hardened(const std::string& name) const {
  return spec_of(Preset::kHardened, name);
}

Spec Ground::spec_of(Preset preset, const std::string& name) const {
  Spec spec = make_preset(preset);
  spec.rootfs.path = rootfs;
  spec.process.argv = {kWorkloadInside};
  spec.cgroups_path = "/bench-" + name;
  if (box->cgroups == "none") spec.prefer.insert("cgroup");
  return spec;
}

void Ground::leave_gap() const {
  const long gap = effort.gap_us * kNanosecondsPerUs;
  timespec rest{gap / kNanosecondsPerSecond, gap % kNanosecondsPerSecond};
  while (clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, &rest) == EINTR) {
  }
}

}  // namespace bulkhead::bench
