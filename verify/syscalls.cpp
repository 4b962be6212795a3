#include "verify/syscalls.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "runtime/spec/oci.h"
#include "verify/attribution.h"
#include "verify/boxed.h"
#include "verify/campaign.h"
#include "verify/facts.h"
#include "verify/report.h"
#include "verify/rootfs.h"
#include "verify/say.h"
#include "verify/syscall_filters.h"
#include "verify/syscall_report.h"
#include "verify/words.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;

constexpr const char* kSyscallsSchema = "bulkhead.verify.syscalls/1";

struct Plan {
  std::vector<SubjectPointer> subjects;
  BoundarySet without;
};

Result<Plan> make_plan(const VerifyOptions& options) {
  const auto usage = [](const std::string& what) {
    return fail(what, 0, {}, ErrorKind::kUsage);
  };
  if (!options.probe_globs.empty() || !options.boundaries.empty() ||
      !options.baseline_file.empty() || !options.cves.empty() ||
      !options.reports.empty()) {
    return usage("--syscalls goes with --subject, --without and --format only");
  }
  if (options.format != "tty" && options.format != "json") {
    return usage("--syscalls is told as tty or json, not as " + options.format);
  }
  Plan plan;
  std::vector<std::string> names = options.subjects;
  if (names.empty()) names.emplace_back("bulkhead");
  for (const std::string& name : names) {
    auto subject = make_subject(name, options.self_exe);
    if (!subject) return tl::unexpected(subject.error());
    plan.subjects.push_back(std::move(*subject));
  }
  for (const std::string& name : options.extra_without) {
    const auto boundary = boundary_named(name);
    if (!boundary) return usage("'" + name + "' is no boundary");
    plan.without.insert(*boundary);
  }
  return plan;
}

// ---- in the box ------------------------------------------------------------

/// What both oracles said about one container.
struct Oracles {
  Result<BpfFilters> filters = fail("the sweep did not start");
  Result<InsideSweep> inside = fail("the sweep did not start");
  std::vector<std::string> trouble;
};

Oracles ask(const Ground& ground, const Subject& subject,
            const BoundarySet& without) {
  Oracles oracles;
  std::string nonce;
  bool asked = false;
  const auto words = [&](const std::string& run) {
    nonce = run;
    return std::vector<std::string>{"syscalls", "--nonce", nonce, "--errno",
                                    std::to_string(kSentinelErrno)};
  };
  // The process waits until this is true: its filters are read meanwhile.
  const auto release = [&](std::string_view out,
                           const std::vector<std::string>& argv) {
    const auto inner = announced_pid(out, ground.key, nonce);
    if (!inner || asked) return asked;
    asked = true;
    const auto pid = find_process(argv, *inner);
    if (pid) {
      oracles.filters = read_filters(*pid);
    } else {
      oracles.filters = tl::unexpected(pid.error());
    }
    return true;
  };
  const ContainerRun run = run_errand(ground, subject, {without, {}},
                                      {.words = words, .release = release});
  oracles.inside = read_sweep(run.ended.out, ground.key, nonce);
  oracles.trouble = run.trouble;
  if (!oracles.inside) {
    if (run.started) oracles.trouble.push_back("it " + run.ended.how());
    const std::string said = verify::last_words(run.ended.err);
    if (!said.empty()) oracles.trouble.push_back("it said: " + said);
  }
  return oracles;
}

SyscallReport examine(Subject& subject, const Ground& ground,
                      const BoundarySet& without) {
  SyscallReport report{.subject = subject.name(),
                       .version = version_of(subject),
                       .surface = {},
                       .filters = {},
                       .unread = {},
                       .unseen = {},
                       .trouble = {},
                       .absent = {}};
  find_omissions(subject, ground, without);
  Oracles oracles = ask(ground, subject, without);
  report.trouble = std::move(oracles.trouble);
  const BpfFilters* filters = nullptr;
  const InsideSweep* inside = nullptr;
  if (oracles.filters) {
    filters = &*oracles.filters;
    report.filters.emplace();
    for (const BpfFilter& filter : *filters) {
      report.filters->push_back(filter.size());
    }
  } else {
    report.unread = oracles.filters.error().message();
  }
  if (oracles.inside) {
    inside = &*oracles.inside;
    for (const auto& [name, entry] : inside->entries) {
      if (entry.absent) report.absent.push_back(name);
    }
    if (!filters && !inside->held) {
      report.unread += "; it got no standard input, and so did not wait";
    }
  } else {
    report.unseen = oracles.inside.error().message();
  }
  const Spec spec = tested_spec(make_nonce(), ground.box);
  const SyscallPolicy policy(*spec.seccomp);
  report.surface = compare_surface(filters, inside, policy, kSentinelErrno);
  return report;
}

Result<json> work(Plan& plan, const VerifyOptions& options, const BoxFacts& box,
                  const Progress& progress) {
  const auto own = keyed(options.probe_binary);
  if (!own) return tl::unexpected(own.error());
  const Ground ground{.box = box, .keyed_binary = own->binary, .key = own->key};
  json runs = json::array();
  std::string text;
  for (const SubjectPointer& subject : plan.subjects) {
    progress(subject->name() + ": every system call");
    const SyscallReport report = examine(*subject, ground, plan.without);
    runs.push_back(to_json(report));
    text += (text.empty() ? "" : "\n") + to_text(report, options.color);
  }
  return json{{"machine", machine_of(box)},
              {"spec", json::parse(emit_oci(tested_spec(make_nonce(), box)))},
              {"runs", std::move(runs)},
              {"text", std::move(text)}};
}

// ---- outside of it ---------------------------------------------------------

/// One object for one subject, `runs` for several.
json document_of(const json& told) {
  json document = {{"schema", kSyscallsSchema},
                   {"machine", told.at("machine")},
                   {"spec", told.at("spec")}};
  if (told.at("runs").size() == 1) {
    document.update(told.at("runs").front());
  } else {
    document["runs"] = told.at("runs");
  }
  return document;
}

int status_of(const json& runs) {
  for (const int status : {kExitInconclusive, kExitEscaped}) {
    if (std::ranges::any_of(
            runs, [&](const json& run) { return run.at("exit") == status; })) {
      return status;
    }
  }
  return kExitContained;
}

}  // namespace

int syscalls_main(const VerifyOptions& options) {
  auto plan = make_plan(options);
  if (!plan) return complain("verify", plan.error());
  BoxedOptions boxed{.live = options.progress};
  for (const SubjectPointer& subject : plan->subjects) {
    std::ranges::move(subject->programs(), std::back_inserter(boxed.keep));
  }
  bool interrupted = false;
  const auto told = run_boxed(
      [&](const BoxFacts& box, const Progress& progress) {
        return work(*plan, options, box, progress);
      },
      boxed, interrupted);
  if (interrupted) return kExitInterrupted;
  if (!told) return complain("verify", told.error());
  const std::string text =
      options.format == "json"
          ? document_of(*told).dump(2, ' ', false,
                                    json::error_handler_t::replace) +
                "\n"
          : told->at("text").get<std::string>();
  if (std::fputs(text.c_str(), stdout) == EOF || std::fflush(stdout) != 0) {
    return complain("verify", Error{"write to stdout", errno, {}, {}});
  }
  return status_of(told->at("runs"));
}

}  // namespace bulkhead::verify
