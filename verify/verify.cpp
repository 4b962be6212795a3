#include "verify/verify.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "verify/baseline.h"
#include "verify/boxed.h"
#include "verify/campaign.h"
#include "verify/cve.h"
#include "verify/faults/faults.h"
#include "verify/matrix.h"
#include "verify/report_formats.h"
#include "verify/say.h"
#include "verify/syscalls.h"
#include "verify/verdicts.h"
#include "verify/words.h"
#include "verify/workers.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxBaselineBytes = 1 << 20;

int usage_error(const std::string& what) {
  return complain("verify", Error{what, 0, {}, ErrorKind::kUsage});
}

bool selected(const probes::Probe& probe, const VerifyOptions& options) {
  const auto any = [](const auto& list, const auto& test) {
    return list.empty() || std::ranges::any_of(list, test);
  };
  const std::string boundary = probe.id.substr(0, probe.id.find('/'));
  return any(options.probe_globs,
             [&](const auto& glob) { return matches_glob(glob, probe.id); }) &&
         any(options.boundaries,
             [&](const auto& name) { return name == boundary; }) &&
         any(options.cves,
             [&](const auto& cve) { return refers_to(probe, cve); });
}

/// Why nothing can be selected at all; a CVE that nobody tries must not pass
/// for one that does not get through.
std::string nothing_to_select(const VerifyOptions& options) {
  for (const std::string& cve : options.cves) {
    if (std::string why = unknown_cve(cve); !why.empty()) return why;
  }
  return {};
}

int nothing_selected(const std::string& why) {
  std::fprintf(stderr, "bulkhead verify: %s\n", why.c_str());
  return kExitNothingSelected;
}

Result<std::vector<ReportFile>> report_files(const VerifyOptions& options) {
  std::vector<ReportFile> files;
  for (const std::string& text : options.reports) {
    auto file = parse_report_file(text);
    if (!file) return tl::unexpected(file.error());
    files.push_back(std::move(*file));
  }
  return files;
}

Result<Campaign> plan_campaign(const VerifyOptions& options) {
  Campaign campaign{.probe_binary = options.probe_binary};
  std::vector<std::string> names = options.subjects;
  if (names.empty()) names.emplace_back("bulkhead");
  for (const std::string& name : names) {
    auto subject = make_subject(name, options.self_exe);
    if (!subject) return tl::unexpected(subject.error());
    if (auto there = (*subject)->installed(); !there) {
      return within("subject " + name, there.error());
    }
    campaign.subjects.push_back(std::move(*subject));
  }
  auto control = make_subject(options.control_subject, options.self_exe);
  if (!control) return within("control", control.error());
  campaign.control = std::move(*control);
  if (!options.bundle.empty()) {
    auto asked = read_asked(options.bundle);
    if (!asked) return tl::unexpected(asked.error());
    campaign.asked = std::move(*asked);
    campaign.reference = make_bulkhead(options.self_exe);
  }
  const auto known = [](const std::string& name) {
    return fail("'" + name + "' is no boundary", 0, {}, ErrorKind::kUsage);
  };
  for (const std::string& name : options.boundaries) {
    if (!boundary_named(name)) return known(name);
  }
  for (const std::string& name : options.extra_without) {
    const auto boundary = boundary_named(name);
    if (!boundary) return known(name);
    campaign.extra_without.insert(*boundary);
  }
  for (const probes::Probe& probe : probes::catalogue()) {
    if (!selected(probe, options)) continue;
    for (const std::string& word : probe.watches) {
      if (!boundary_named(word)) {
        return fail(probe.id + " watches '" + word + "', which is no boundary");
      }
    }
    campaign.probes.push_back(&probe);
  }
  return campaign;
}

/// Programs that must stay reachable in the boxes.
std::vector<std::string> programs_of(const Campaign& campaign) {
  std::vector<std::string> all = campaign.control->programs();
  const auto add = [&](const std::vector<std::string>& more) {
    all.insert(all.end(), more.begin(), more.end());
  };
  for (const SubjectPointer& subject : campaign.subjects) {
    add(subject->programs());
  }
  if (campaign.asked) {
    add(campaign.reference->programs());
    add(campaign.asked->keep);
  }
  return all;
}

/// The report of the whole campaign: controls and subjects in a crash box each,
/// side by side where there are processors for both.
Result<Report> run_campaign(const Campaign& campaign,
                            const VerifyOptions& options, bool& interrupted) {
  const BoxedOptions boxed{.keep = programs_of(campaign),
                           .live = options.progress};
  constexpr std::array kAsk = {ask_controls, ask_subjects};
  std::array<json, kAsk.size()> said;
  const auto ask = [&](std::size_t index) {
    bool ended = false;
    return run_boxed(
        [&](const BoxFacts& box, const Progress& progress) {
          return kAsk[index](campaign, box, progress);
        },
        boxed, ended);
  };
  const auto hear = [&](std::size_t index, const json& answer) {
    said[index] = answer;
  };
  const Status asked =
      do_jobs(kAsk.size(), processors(), ask, hear, interrupted);
  if (!asked) return tl::unexpected(asked.error());
  return judge_campaign(campaign, said[0], said[1]);
}

/// Tells every record which boundaries contain its probe alone.
Status add_depth(Report& report, const Campaign& campaign,
                 const VerifyOptions& options) {
  Lab lab({options.self_exe, options.probe_binary, options.progress});
  const DepthMatrix matrix = make_depth_matrix(lab, campaign.probes);
  if (lab.trouble()) return tl::unexpected(*lab.trouble());
  for (SubjectReport& run : report.runs) {
    for (Record& record : run.records) {
      const auto row =
          std::ranges::find(matrix.probes, record.probe, &DepthRow::probe);
      if (row->exempt.empty() && !row->blind) record.alone = row->alone;
    }
  }
  return {};
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  std::array<char, 11> text{};
  if (std::strftime(text.data(), text.size(), "%Y-%m-%d", &local) == 0) {
    return {};
  }
  return text.data();
}

/// A file that cannot be written keeps no other report from being told.
Status tell(const Report& report, const VerifyOptions& options,
            const std::vector<ReportFile>& files) {
  Status told;
  for (const ReportFile& file : files) {
    auto wrote = write_report(report, file);
    if (!wrote && told) told = tl::unexpected(wrote.error());
  }
  std::fflush(stdout);
  if (!say_text(STDOUT_FILENO, render(report, options.format, options.color))) {
    return fail("write to stdout", errno);
  }
  return told;
}

}  // namespace

int verify_main(const VerifyOptions& options) {
  if (std::ranges::count(format_names(), options.format) == 0) {
    return usage_error("unknown format '" + options.format + "'");
  }
  if (!options.bundle.empty() &&
      (options.syscalls || !options.extra_without.empty())) {
    return usage_error(
        "--bundle goes with neither --without nor --syscalls: take "
        "it out of the bundle's own config.json");
  }
  if (options.faults) return faults_main(options);
  if (options.syscalls) return syscalls_main(options);
  const auto files = report_files(options);
  if (!files) return complain("verify", files.error());
  if (const std::string why = nothing_to_select(options); !why.empty()) {
    return nothing_selected(why);
  }
  std::vector<Waiver> waivers;
  if (!options.baseline_file.empty()) {
    const auto text = read_file(options.baseline_file, kMaxBaselineBytes);
    if (!text) return usage_error(text.error().message());
    auto parsed = parse_baseline(*text);
    if (!parsed) return complain("verify", parsed.error());
    waivers = std::move(*parsed);
  }
  auto campaign = plan_campaign(options);
  if (!campaign) return complain("verify", campaign.error());
  if (campaign->probes.empty()) {
    return nothing_selected("no probe is selected");
  }
  bool interrupted = false;
  auto report = run_campaign(*campaign, options, interrupted);
  if (!report) {
    const int status = complain("verify", report.error());
    return interrupted ? kExitInterrupted : status;
  }
  if (options.depth) {
    if (const Status found = add_depth(*report, *campaign, options); !found) {
      return complain("verify", found.error());
    }
  }
  apply_baseline(*report, waivers, today());
  if (const auto told = tell(*report, options, *files); !told) {
    return complain("verify", told.error());
  }
  return exit_status(*report);
}

}  // namespace bulkhead::verify
