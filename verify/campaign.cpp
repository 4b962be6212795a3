#include "verify/campaign.h"

#include <sys/utsname.h>

#include <algorithm>
#include <map>
#include <set>

#include "runtime/spec/oci.h"
#include "verify/attribution.h"
#include "verify/facts.h"
#include "verify/lab.h"
#include "verify/rootfs.h"
#include "verify/words.h"

namespace bulkhead::verify {
namespace {

using probes::Observation;
using probes::Probe;

/// What one container said about one probe.
struct Answer {
  std::optional<Observation> attempt;
  std::optional<Observation> witness;
  std::optional<Observation> outside;
  std::vector<std::string> trouble;
  std::vector<NotOffered> not_offered;
};
using Answers = std::map<std::string, Answer>;

void collect(const ContainerRun& run, const ProbeList& probes,
             Answers& answers) {
  for (const Probe* probe : probes) {
    Answer& answer = answers[probe->id];
    if (const auto at = run.transcript.halves.find(probe->id);
        at != run.transcript.halves.end()) {
      answer.attempt = at->second.attempt;
      answer.witness = at->second.witness;
    }
    if (const auto at = run.outside.find(probe->id); at != run.outside.end()) {
      answer.outside = at->second;
    }
    if (!run.transcript.whole) answer.trouble = run.trouble;
    answer.not_offered = run.not_offered;
  }
}

/// One run for each distinct set of watched boundaries.
Answers run_controls(const Campaign& campaign, const Ground& ground,
                     const std::function<void(const std::string&)>& progress) {
  std::map<BoundarySet, ProbeList> groups;
  for (const Probe* probe : campaign.probes) {
    groups[watched_by(*probe)].push_back(probe);
  }
  Answers answers;
  for (const auto& [watched, probes] : groups) {
    progress("control without " + words_of(watched));
    for (const ProbeList& list : containers_for(probes)) {
      collect(run_container(ground, *campaign.control, {watched, {}}, list),
              list, answers);
    }
  }
  return answers;
}

std::string repeat_command(const std::string& subject, const Probe& probe,
                           const BoundarySet& extra_without) {
  std::string command = "bulkhead verify --subject " + shell_quoted(subject) +
                        " --probe " + shell_quoted(probe.id);
  for (const Boundary boundary : extra_without) {
    command += " --without " + std::string(name_of(boundary));
  }
  return command;
}

Record make_record(const Probe& probe, const std::string& subject,
                   const Answer& control, const Answer& answer,
                   const BoundarySet& extra_without) {
  Record record{.probe = probe.id,
                .boundary = probe.id.substr(0, probe.id.find('/')),
                .claim = probe.claim,
                .remedy = probe.remedy,
                .watches = probe.watches,
                .references = probe.references};
  record.seen = {.control = control.attempt,
                 .control_outside = control.outside,
                 .attempt = answer.attempt,
                 .witness = answer.witness,
                 .outside = answer.outside,
                 .outside_expected =
                     probe.inspect != nullptr || answer.outside.has_value()};
  Judgement judgement = judge(record.seen);
  record.verdict = judgement.verdict;
  record.reason = std::move(judgement.reason);
  if (record.verdict == Verdict::kContained) {
    record.by = refused_by(*answer.attempt, record.boundary);
  }
  if (record.verdict == Verdict::kInconclusive) {
    const auto& trouble = answer.attempt ? control.trouble : answer.trouble;
    const char* whose = answer.attempt ? "; control: " : "; ";
    for (const std::string& line : trouble) record.reason += whose + line;
  }
  for (const NotOffered& lack : answer.not_offered) {
    if (record.verdict == Verdict::kEscaped &&
        name_of(lack.boundary) == record.boundary) {
      record.reason += " (not offered by " + subject + ": " + lack.what + ")";
    }
  }
  record.repeat = repeat_command(subject, probe, extra_without);
  return record;
}

void add_all(std::vector<std::string>& to,
             const std::vector<std::string>& from) {
  for (const std::string& item : from) {
    if (std::ranges::find(to, item) == to.end()) to.push_back(item);
  }
}

SubjectReport run_subject(Subject& subject, const Campaign& campaign,
                          const Ground& ground, const Answers& controls,
                          const std::function<void(const std::string&)>& told) {
  SubjectReport report{.name = subject.name()};
  told(report.name);
  report.version = version_of(subject);
  find_omissions(subject, ground, campaign.extra_without);
  Answers answers;
  for (const ProbeList& list : containers_for(campaign.probes)) {
    told(report.name + (list.size() == 1 ? ": " + list.front()->id : ""));
    const ContainerRun run =
        run_container(ground, subject, {campaign.extra_without, {}}, list);
    for (const NotOffered& lack : run.not_offered) {
      add_all(report.not_offered,
              {std::string(name_of(lack.boundary)) + ": " + lack.what});
    }
    add_all(report.trouble, run.trouble);
    collect(run, list, answers);
  }
  for (const Probe* probe : campaign.probes) {
    report.records.push_back(
        make_record(*probe, report.name, controls.at(probe->id),
                    answers[probe->id], campaign.extra_without));
  }
  return report;
}

}  // namespace

void find_omissions(Subject& subject, const Ground& ground,
                    const BoundarySet& without) {
  if (!subject.takes_bundles() || starts(ground, subject, {without, {}}))
    return;
  bool started = false;
  for (const Omission& omission : omissions()) {
    subject.omitted.push_back(&omission);
    started = starts(ground, subject, {without, {}});
    if (started) break;
  }
  if (!started) {
    subject.omitted.clear();  // It does not start at all: say so with all.
    return;
  }
  for (std::size_t i = 0; i + 1 < subject.omitted.size();) {
    const auto at = subject.omitted.begin() + static_cast<std::ptrdiff_t>(i);
    const Omission* const taken = *at;
    subject.omitted.erase(at);
    if (starts(ground, subject, {without, {}})) continue;
    subject.omitted.insert(
        subject.omitted.begin() + static_cast<std::ptrdiff_t>(i), taken);
    ++i;
  }
}

std::string version_of(const Subject& subject) {
  const auto argv = subject.version_command();
  if (argv.empty()) return "";
  const auto ended = run_command({.argv = argv});
  if (!ended) return "unknown: " + ended.error().message();
  return last_words(ended->out.substr(0, ended->out.find('\n')), 120);
}

nlohmann::json machine_of(const BoxFacts& box) {
  utsname name{};
  uname(&name);
  return {
      {"kernel", name.release},
      {"architecture", name.machine},
      {"cgroups", box.cgroups},
      {"box", {{"user_namespace", box.user_namespace}, {"notes", box.notes}}}};
}

Result<Report> run_campaign(
    Campaign& campaign, const BoxFacts& box,
    const std::function<void(const std::string&)>& progress) {
  const probes::FrameKey key = make_key();
  const auto keyed = with_key(campaign.probe_binary, key);
  if (!keyed) return tl::unexpected(keyed.error());
  const Ground ground{.box = box, .keyed_binary = *keyed, .key = key};

  Report report;
  report.machine = machine_of(box);
  // Every container has a host name of its own. Here it is the same in every
  // run, so that the same spec has the same digest.
  report.spec = nlohmann::json::parse(
      emit_oci(weakened({.spec = spec_under_test(std::string(32, '0'), box),
                         .without = campaign.extra_without})));
  find_omissions(*campaign.control, ground, {});
  const Answers controls = run_controls(campaign, ground, progress);
  for (const SubjectPointer& subject : campaign.subjects) {
    report.runs.push_back(
        run_subject(*subject, campaign, ground, controls, progress));
  }
  return report;
}

}  // namespace bulkhead::verify
