#include "verify/faults/faults.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "verify/faults/report.h"
#include "verify/faults/sweep.h"
#include "verify/report.h"
#include "verify/say.h"
#include "verify/workers.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;

constexpr const char* kSchema = "bulkhead.verify.faults/1";
/// Bad faults of one subject that a terminal is told of.
constexpr std::size_t kMostTold = 12;

Status check(const VerifyOptions& options) {
  const auto usage = [](const std::string& what) {
    return fail(what, 0, {}, ErrorKind::kUsage);
  };
  if (!options.probe_globs.empty() || !options.boundaries.empty() ||
      !options.baseline_file.empty() || !options.cves.empty() ||
      !options.bundle.empty() || options.depth || options.syscalls) {
    return usage(
        "--faults goes with --subject, --without, --sample, --seed, --fault, "
        "--format and --report json=FILE only");
  }
  if (options.format != "tty" && options.format != "json") {
    return usage("--faults is told as tty or json, not as " + options.format);
  }
  for (const std::string& report : options.reports) {
    if (!report.starts_with("json=")) {
      return usage("--faults writes --report json=FILE, not " + report);
    }
  }
  return {};
}

Result<faults::SweepOptions> sweep_options(const VerifyOptions& options) {
  faults::SweepOptions sweep{.sample = options.fault_sample,
                             .seed = options.fault_seed,
                             .globs = options.fault_globs,
                             .workers = processors(),
                             .live = options.progress,
                             .probe_binary = options.probe_binary};
  for (const std::string& name : options.extra_without) {
    const auto boundary = boundary_named(name);
    if (!boundary) {
      return fail("'" + name + "' is no boundary", 0, {}, ErrorKind::kUsage);
    }
    sweep.without.insert(*boundary);
  }
  return sweep;
}

Status tell(const json& document, const VerifyOptions& options) {
  const std::string text =
      document.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
  for (const std::string& report : options.reports) {
    if (auto done = replace_file(report.substr(report.find('=') + 1), text);
        !done) {
      return done;
    }
  }
  const std::string told =
      options.format == "json"
          ? text
          : faults::to_terminal(document["runs"], kMostTold);
  if (std::fputs(told.c_str(), stdout) == EOF || std::fflush(stdout) != 0) {
    return fail("write to stdout", errno);
  }
  return {};
}

}  // namespace

int faults_main(const VerifyOptions& options) {
  if (const auto good = check(options); !good) {
    return complain("verify", good.error());
  }
  const auto sweep = sweep_options(options);
  if (!sweep) return complain("verify", sweep.error());
  std::vector<std::string> names = options.subjects;
  if (names.empty()) names.emplace_back("bulkhead");
  std::vector<SubjectPointer> subjects;
  for (const std::string& name : names) {
    auto subject = make_subject(name, options.self_exe);
    if (!subject) return complain("verify", subject.error());
    if (const auto there = (*subject)->installed(); !there) {
      return complain("verify",
                      within("subject " + name, there.error()).value());
    }
    subjects.push_back(std::move(*subject));
  }
  json document = {{"schema", kSchema}, {"runs", json::array()}};
  for (const SubjectPointer& subject : subjects) {
    bool interrupted = false;
    const auto swept = faults::sweep(*subject, *sweep, interrupted);
    if (interrupted) return kExitInterrupted;
    if (!swept) return complain("verify", swept.error());
    document["machine"] = swept->machine;
    document["runs"].push_back(faults::to_json(*swept, *sweep));
  }
  if (const auto told = tell(document, options); !told) {
    return complain("verify", told.error());
  }
  return faults::status_of(document["runs"]);
}

}  // namespace bulkhead::verify
