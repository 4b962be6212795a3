#include "verify/faults/sweep.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "verify/campaign.h"
#include "verify/rootfs.h"
#include "verify/words.h"
#include "verify/workers.h"

namespace bulkhead::verify::faults {
namespace {

using nlohmann::json;

/// So often is the subject run undisturbed: what differs between these runs
/// says nothing about a fault.
constexpr std::size_t kUndisturbed = 3;
/// A probe that may take longer is not for a battery that runs thousands of
/// times.
constexpr unsigned kMostSeconds = 5;
/// One pair for so many other faults of a sample.
constexpr std::size_t kPairShare = 8;

/// Whether `glob` means `fault`, or a pair that is found by way of it.
bool asks_for(const std::string& glob, const std::string& fault) {
  return glob == fault || matches_glob(glob, fault) ||
         glob.starts_with(fault + std::string(kBetweenFaults));
}

class Sweeper {
 public:
  Sweeper(Subject& subject, const SweepOptions& options, bool& interrupted)
      : subject_(subject),
        options_(options),
        interrupted_(interrupted),
        probes_(battery()) {}

  Result<Sweep> run() {
    auto own = keyed(options_.probe_binary);
    if (!own) return tl::unexpected(own.error());
    keyed_ = std::move(*own);
    sweep_.subject = subject_.name();
    if (auto done = prepare(); !done) return tl::unexpected(done.error());
    if (auto done = learn(); !done) return tl::unexpected(done.error());
    std::vector<Fault> faults =
        chosen(faults_for(sweep_.usual.sites), options_.sample);
    if (auto done = disturb(std::move(faults)); !done) {
      return tl::unexpected(done.error());
    }
    auto pairs = find_pairs();
    if (!pairs) return tl::unexpected(pairs.error());
    const std::size_t most =
        options_.sample == 0 ? 0 : options_.sample / kPairShare + 1;
    if (auto done = disturb(chosen(std::move(*pairs), most)); !done) {
      return tl::unexpected(done.error());
    }
    return std::move(sweep_);
  }

 private:
  Result<json> in_box(
      const std::function<Result<json>(const Ground& ground)>& work) {
    const auto boxed = [&](const BoxFacts& box,
                           const Progress&) -> Result<json> {
      return work({.box = box,
                   .keyed_binary = keyed_.binary,
                   .key = keyed_.key,
                   .strict = strict_});
    };
    bool interrupted = false;
    auto answer = run_boxed(boxed, {.keep = subject_.programs()}, interrupted);
    interrupted_ = interrupted_ || interrupted;
    return answer;
  }

  /// What it does not start with, and what it says of itself. What may be
  /// missing by the spec's leave is no fault that was overlooked, so nothing
  /// may, where this kernel has it all.
  Status prepare() {
    progress("what it starts with");
    const auto told = in_box([&](const Ground& ground) -> Result<json> {
      Ground strict = ground;
      strict.strict = true;
      const bool has_all = starts(strict, subject_, {options_.without, {}});
      if (!has_all) find_omissions(subject_, ground, options_.without);
      json names = json::array();
      for (const Omission* omission : subject_.omitted) {
        names.push_back(omission->name);
      }
      return json{{"omitted", std::move(names)},
                  {"strict", has_all},
                  {"version", version_of(subject_)},
                  {"machine", machine_of(ground.box)}};
    });
    if (!told) return tl::unexpected(told.error());
    sweep_.omitted = told->at("omitted").get<std::vector<std::string>>();
    strict_ = told->at("strict").get<bool>();
    sweep_.version = told->at("version").get<std::string>();
    sweep_.machine = told->at("machine");
    for (const Omission& omission : omissions()) {
      if (std::ranges::count(sweep_.omitted, omission.name) != 0) {
        subject_.omitted.push_back(&omission);
      }
    }
    return {};
  }

  using Job = std::function<Result<json>(const Fault& fault)>;

  Result<json> start(const Fault& fault, const ProbeList& probes, bool record) {
    return in_box([&](const Ground& ground) -> Result<json> {
      return json(
          run_job(ground, subject_, options_.without, probes, fault, record));
    });
  }

  /// What is recorded stands before the workload: any will do.
  Result<json> recorded(const Fault& fault) {
    return start(fault, {probes_.front()}, true);
  }

  /// With the whole battery only where the workload runs undisturbed, as far as
  /// one probe tells: most starts end before, in a tenth of the time that it
  /// takes to prepare. What a bare start shows (a hang, residue) stays.
  Result<json> probed(const Fault& fault) {
    Result<json> bare = start(fault, {probes_.front()}, false);
    if (!bare) return bare;
    const Outcome outcome = judge(sweep_.usual, bare->get<JobResult>()).outcome;
    const bool goes_on =
        outcome == Outcome::kUnaffected || outcome == Outcome::kNotReached;
    return goes_on ? start(fault, probes_, false) : bare;
  }

  /// Runs `faults`, a job each; an answer for every one.
  Result<std::vector<JobResult>> results_of(const std::vector<Fault>& faults,
                                            const Job& job,
                                            const std::string& what) {
    std::vector<JobResult> results(faults.size());
    std::size_t ended = 0;
    const auto work = [&](std::size_t index) { return job(faults[index]); };
    const auto done = [&](std::size_t index, const json& answer) {
      results[index] = answer.get<JobResult>();
      progress(fmt::format("{} {}/{}", what, ++ended, faults.size()));
    };
    const auto all =
        do_jobs(faults.size(), options_.workers, work, done, interrupted_);
    erase_progress();
    if (!all) return tl::unexpected(all.error());
    return results;
  }

  Status learn() {
    const auto results = results_of(
        std::vector<Fault>(kUndisturbed),
        [&](const Fault& none) { return start(none, probes_, true); },
        "undisturbed");
    if (!results) return tl::unexpected(results.error());
    for (const JobResult& result : *results) {
      if (!result.whole) {
        return fail("subject " + subject_.name() +
                        " does not start undisturbed: " + result.said,
                    0,
                    "see `bulkhead verify --subject " + subject_.name() + "`");
      }
    }
    sweep_.usual = usual_of(*results);
    return {};
  }

  std::vector<Fault> chosen(std::vector<Fault> faults, std::size_t most) {
    std::erase_if(faults, [&](const Fault& fault) {
      return !options_.globs.empty() &&
             std::ranges::none_of(options_.globs, [&](const auto& glob) {
               return asks_for(glob, fault.text());
             });
    });
    sweep_.possible += faults.size();
    return most == 0 ? faults : sample(std::move(faults), most, options_.seed);
  }

  Status disturb(std::vector<Fault> faults) {
    auto results = results_of(
        faults, [&](const Fault& fault) { return probed(fault); }, "fault");
    if (!results) return tl::unexpected(results.error());
    for (std::size_t i = 0; i < faults.size(); ++i) {
      Judged judged = judge(sweep_.usual, (*results)[i]);
      sweep_.rows.push_back(
          {std::move(faults[i]), std::move((*results)[i]), std::move(judged)});
    }
    return {};
  }

  /// What a subject does in place of a call that failed may fail as well.
  Result<std::vector<Fault>> find_pairs() {
    std::vector<Fault> firsts;
    for (const SweepRow& row : sweep_.rows) {
      if (row.judged.outcome == Outcome::kUnaffected &&
          row.fault.kind != Fault::Kind::kLie) {
        firsts.push_back(row.fault);
      }
    }
    auto results = results_of(
        firsts, [&](const Fault& fault) { return recorded(fault); },
        "what replaces a call");
    if (!results) return tl::unexpected(results.error());
    std::vector<Fault> pairs;
    std::set<std::string> known;
    for (std::size_t i = 0; i < firsts.size(); ++i) {
      for (Fault& pair :
           pairs_for(firsts[i], sweep_.usual.sites, (*results)[i].sites)) {
        // Once, whatever errno led there.
        const std::string what =
            pair.rules[0].site.text() + pair.rules[1].text();
        if (known.insert(what).second) pairs.push_back(std::move(pair));
      }
    }
    return pairs;
  }

  void progress(const std::string& what) const {
    if (!options_.live) return;
    std::fprintf(stderr, "\r\033[K%s: %s", subject_.name().c_str(),
                 what.c_str());
  }
  void erase_progress() const {
    if (options_.live) std::fputs("\r\033[K", stderr);
  }

  Subject& subject_;
  const SweepOptions& options_;
  bool& interrupted_;
  ProbeList probes_;
  Keyed keyed_;
  bool strict_ = false;
  Sweep sweep_;
};

}  // namespace

ProbeList battery() {
  ProbeList probes;
  for (const probes::Probe& probe : probes::catalogue()) {
    if (probe.placement == probes::Placement::kShared && !probe.measures_cpu &&
        probe.seconds <= kMostSeconds) {
      probes.push_back(&probe);
    }
  }
  return probes;
}

Result<Sweep> sweep(Subject& subject, const SweepOptions& options,
                    bool& interrupted) {
  return Sweeper(subject, options, interrupted).run();
}

}  // namespace bulkhead::verify::faults
