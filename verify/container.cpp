#include "verify/container.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <iterator>

#include "verify/bind_source.h"
#include "verify/box_cgroup.h"
#include "verify/box_mounts.h"
#include "verify/facts.h"
#include "verify/rootfs.h"
#include "verify/words.h"

namespace bulkhead::verify {
namespace {

namespace fs = std::filesystem;
using probes::Observation;
using probes::Outside;
using probes::Probe;

constexpr int kStartMs = 15'000;
constexpr int kErrandMs = 60'000;
constexpr const char* kProbeInside = "/bin/bulkhead-probe";

/// The directories of one run; gone, with everything the run left, at the end.
class Site {
 public:
  explicit Site(const Ground& ground)
      : ground_(ground),
        nonce_(make_nonce()),
        directory_(run_directory(nonce_)) {}
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;
  ~Site() {
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

  /// `with_user_namespace`: the tree must belong to the container's ids.
  Status build(bool with_user_namespace) {
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

  [[nodiscard]] const std::string& nonce() const { return nonce_; }
  [[nodiscard]] std::string rootfs() const { return directory_ + "/rootfs"; }
  [[nodiscard]] std::string outside(std::string probe_id) const {
    std::ranges::replace(probe_id, '/', '.');
    return directory_ + "/outside/" + probe_id;
  }

  /// The start of a container that runs the probe binary with `words`.
  [[nodiscard]] Start start(const Subject& subject, const Sabotage& sabotage,
                            std::string& root, bool tight_cpu) const {
    Start start{.spec = spec_under_test(nonce_, ground_.box),
                .without = sabotage.without,
                .skip = sabotage.skip,
                .id = "bulkhead-" + nonce_.substr(0, 12),
                .directory = directory_ + "/start"};
    start.spec.rootfs.path = rootfs();
    if (tight_cpu && start.spec.resources.cpu_quota_us) {
      start.spec.resources.cpu_quota_us = kTightCpuQuotaUs;
    }
    start.spec.cgroups_path = "/" + start.id;
    root = subject.stays_on_root(start) ? rootfs() : std::string();
    start.spec.process.argv = {root + kProbeInside};
    return start;
  }

 private:
  /// The host's root, and id maps in between; where the kernel has none for a
  /// tmpfs, the container's root itself.
  uid_t owner() const {
    if (ground_.box.user_namespace || takes_id_maps(kBoxDirectory)) return 0;
    return spec_under_test(nonce_, ground_.box).uid_mappings.front().host_id;
  }

  /// A runtime whose root owns nothing here cannot make them by itself.
  Status make_mount_points() const {
    for (const Mount& mount : spec_under_test(nonce_, ground_.box).mounts) {
      std::error_code error;
      fs::create_directories(rootfs() + mount.destination, error);
      if (error) return fail("mkdir " + mount.destination, error.value());
    }
    return {};
  }

  const Ground& ground_;
  std::string nonce_;
  std::string directory_;
};

/// The outside halves of all probes of a run, planted in order and cleaned in
/// reverse.
class OutsideHalves {
 public:
  OutsideHalves(const Site& site, probes::Facts& facts)
      : site_(site), facts_(facts) {}
  OutsideHalves(const OutsideHalves&) = delete;
  OutsideHalves& operator=(const OutsideHalves&) = delete;

  ~OutsideHalves() {
    for (auto it = planted_.rbegin(); it != planted_.rend(); ++it) {
      if ((*it)->clean == nullptr) continue;
      Outside outside = outside_of(**it);
      try {
        (*it)->clean(outside);
      } catch (const std::exception&) {
        // Whatever it meant to remove ends with the box.
        continue;
      }
    }
  }

  /// False: the probe cannot be run.
  bool plant(const Probe& probe) {
    mkdir(site_.outside(probe.id).c_str(), 0755);
    planted_.push_back(&probe);
    if (probe.plant == nullptr) return true;
    Outside outside = outside_of(probe);
    try {
      return probe.plant(outside);
    } catch (const std::exception&) {
      return false;
    }
  }

  Observation inspect(const Probe& probe) {
    Outside outside = outside_of(probe);
    try {
      return probe.inspect(outside);
    } catch (const std::exception& error) {
      return probes::broken(error.what());
    }
  }

 private:
  Outside outside_of(const Probe& probe) {
    return Outside(facts_, probe.id, site_.outside(probe.id));
  }

  const Site& site_;
  probes::Facts& facts_;
  ProbeList planted_;
};

Command command_for(Invocation& invocation, const ProbeList& probes) {
  Command command{.argv = std::move(invocation.argv)};
  for (const Fd& fd : invocation.inherited) {
    command.inherited.push_back(fd.get());
  }
  int slowest = 0;
  int total = 0;
  for (const Probe* probe : probes) {
    // Each half may take its whole time, and two more seconds to be reaped.
    const int halves = 2 * (static_cast<int>(probe->seconds) + 2) * 1000;
    slowest = std::max(slowest, halves);
    total += halves;
  }
  command.idle_ms = kStartMs + slowest;
  command.total_ms = kStartMs + total;
  return command;
}

void add_words(Start& start, const probes::Facts& facts,
               const ProbeList& probes) {
  std::vector<std::string>& argv = start.spec.process.argv;
  argv.insert(argv.end(), {"run", "--nonce", facts.at("nonce")});
  for (const auto& [name, value] : facts) {
    if (name == "nonce") continue;
    argv.insert(argv.end(), {"--set", name + "=" + value});
  }
  for (const Probe* probe : probes) {
    argv.insert(argv.end(), {"--probe", probe->id});
  }
}

/// Executes the start; false, with the reason in `run`, if it cannot be.
bool execute(const Subject& subject, const Start& start,
             const ProbeList& probes, ContainerRun& run,
             std::function<bool(std::string_view)> release = {}) {
  auto invocation = subject.prepare(start);
  if (!invocation) {
    run.trouble.push_back(invocation.error().message());
    return false;
  }
  run.not_offered = std::move(invocation->not_offered);
  Command command = command_for(*invocation, probes);
  if (release) {
    command.idle_ms = command.total_ms = kErrandMs;
    command.release = std::move(release);
  }
  auto ended = run_command(command);
  if (!ended) {
    run.trouble.push_back(ended.error().message());
    return false;
  }
  run.ended = std::move(*ended);
  run.started = true;
  return true;
}

}  // namespace

ContainerRun run_container(const Ground& ground, const Subject& subject,
                           const Sabotage& sabotage, const ProbeList& probes) {
  ContainerRun run;
  Site site(ground);
  if (const auto built =
          site.build(!sabotage.without.contains(Boundary::kUserns));
      !built) {
    run.trouble.push_back(built.error().message());
    return run;
  }
  std::string root;
  const bool tight_cpu = std::ranges::any_of(
      probes, [](const Probe* probe) { return probe->measures_cpu; });
  Start start = site.start(subject, sabotage, root, tight_cpu);
  probes::Facts facts = facts_of(start.spec, root);
  facts["nonce"] = site.nonce();

  OutsideHalves outside(site, facts);
  ProbeList ready;
  std::vector<std::string> asked;
  for (const Probe* probe : probes) {
    if (outside.plant(*probe)) {
      ready.push_back(probe);
      asked.push_back(probe->id);
    } else {
      run.outside[probe->id] = probes::broken("could not be planted");
    }
  }
  if (ready.empty()) return run;
  add_words(start, facts, ready);
  if (execute(subject, start, ready, run)) {
    run.transcript =
        read_transcript(run.ended.out, ground.key, site.nonce(), asked);
    for (const std::string& complaint : run.transcript.complaints) {
      run.trouble.push_back(complaint);
    }
    if (!run.transcript.whole) {
      run.trouble.push_back("it " + run.ended.how());
      const std::string said = last_words(run.ended.err);
      if (!said.empty()) run.trouble.push_back("it said: " + said);
    }
  }
  for (const Probe* probe : ready) {
    if (probe->inspect != nullptr) {
      run.outside[probe->id] = outside.inspect(*probe);
    }
  }
  return run;
}

std::vector<ProbeList> containers_for(const ProbeList& probes) {
  std::vector<ProbeList> lists;
  ProbeList shared;
  for (const Probe* probe : probes) {
    if (probe->placement == probes::Placement::kShared) {
      shared.push_back(probe);
    } else {
      lists.push_back({probe});
    }
  }
  if (!shared.empty()) lists.insert(lists.begin(), shared);
  return lists;
}

BoundarySet watched_by(const Probe& probe) {
  BoundarySet watched;
  for (const std::string& name : probe.watches) {
    // An unknown word would make a control that is no control.
    if (const auto boundary = boundary_named(name)) watched.insert(*boundary);
  }
  return watched;
}

ContainerRun run_errand(const Ground& ground, const Subject& subject,
                        const Sabotage& sabotage, const Errand& errand) {
  ContainerRun run;
  Site site(ground);
  if (const auto built =
          site.build(!sabotage.without.contains(Boundary::kUserns));
      !built) {
    run.trouble.push_back(built.error().message());
    return run;
  }
  std::string root;
  Start start = site.start(subject, sabotage, root, false);
  std::vector<std::string>& argv = start.spec.process.argv;
  std::ranges::move(errand.words(site.nonce()), std::back_inserter(argv));
  std::function<bool(std::string_view)> release;
  if (errand.release) {
    release = [&](std::string_view out) { return errand.release(out, argv); };
  }
  execute(subject, start, {}, run, std::move(release));
  return run;
}

bool starts(const Ground& ground, const Subject& subject,
            const Sabotage& sabotage, std::string* said) {
  const Errand errand{.words = [](const std::string&) {
    return std::vector<std::string>{"ids"};
  }};
  const ContainerRun run = run_errand(ground, subject, sabotage, errand);
  if (said != nullptr) *said = run.ended.err;
  return run.started && run.ended.code == 0 && run.ended.signal == 0 &&
         !run.ended.out.empty();
}

}  // namespace bulkhead::verify
