#include "verify/campaign.h"

#include <sys/utsname.h>

#include "runtime/spec/oci.h"
#include "verify/answers.h"
#include "verify/attribution.h"
#include "verify/excuse.h"
#include "verify/facts.h"
#include "verify/judge_asked.h"
#include "verify/lab.h"
#include "verify/not_asked.h"
#include "verify/rootfs.h"
#include "verify/rounds.h"
#include "verify/words.h"

namespace bulkhead::verify {
namespace {

using probes::Probe;

/// What a bundle of the user's own is measured by; without one, nothing.
struct Measure {
  Answers reference;
  NotAsked lacks;
  probes::Facts facts;
};

std::string repeat_command(const std::string& subject, const Probe& probe,
                           const Campaign& campaign) {
  std::string command = "bulkhead verify --subject " + shell_quoted(subject) +
                        " --probe " + shell_quoted(probe.id);
  if (campaign.asked) {
    command += " --bundle " + shell_quoted(campaign.asked->directory);
  }
  for (const Boundary boundary : campaign.extra_without) {
    command += " --without " + std::string(name_of(boundary));
  }
  return command;
}

Observed observed(const Probe& probe, const Answer& control,
                  const Answer& answer) {
  return {.control = control.attempt,
          .control_outside = control.outside,
          .attempt = answer.attempt,
          .witness = answer.witness,
          .outside = answer.outside,
          .outside_expected =
              probe.inspect != nullptr || answer.outside.has_value()};
}

Judgement judge_record(const Record& record, const Probe& probe,
                       const Answer& control, const Measure* measure) {
  if (measure == nullptr) return judge(record.seen);
  const auto found = measure->reference.find(probe.id);
  const Answer& reference = found->second;
  std::string not_asked =
      fact_not_asked(record.seen.attempt, measure->facts, probe);
  if (not_asked.empty()) not_asked = not_asked_of(measure->lacks, probe);
  return judge_asked(record.seen, observed(probe, control, reference),
                     {.as_asked = probe.as_asked,
                      .not_asked = std::move(not_asked),
                      .unasked_by_reference = reference_adds(probe)});
}

Record make_record(const Probe& probe, const Subject& subject,
                   const Answer& control, const Answer& answer,
                   const Campaign& campaign, const Measure* measure) {
  Record record{.probe = probe.id,
                .boundary = probe.id.substr(0, probe.id.find('/')),
                .claim = probe.claim,
                .remedy = probe.remedy,
                .watches = probe.watches,
                .references = probe.references};
  record.seen = observed(probe, control, answer);
  Judgement judgement = judge_record(record, probe, control, measure);
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
      record.reason +=
          " (not offered by " + subject.name() + ": " + lack.what + ")";
    }
  }
  excuse_unasked(subject, record);
  excuse_unoffered(subject, answer, record);
  record.repeat = repeat_command(subject.name(), probe, campaign);
  return record;
}

/// Runs the user's config under the reference. An error where it does not
/// start: then nobody knows what the config asks for.
Result<Measure> take_measure(const Campaign& campaign, const Ground& ground,
                             const Progress& told) {
  told("bulkhead, given the same config");
  Ended ended;
  if (!starts(ground, *campaign.reference, {}, &ended)) {
    return fail(
        "what this config asks for cannot be derived, as bulkhead "
        "itself does not start it: " +
            last_words(ended.err, 600),
        0, {}, ErrorKind::kRuntime);
  }
  SubjectReport aside{.name = "bulkhead, given the same config"};
  return Measure{
      answers_of(*campaign.reference, campaign, ground, aside, told),
      not_asked(campaign.asked->config.spec),
      facts_of_asked(*campaign.asked, campaign.asked->config.spec, {})};
}

SubjectReport run_subject(Subject& subject, const Campaign& campaign,
                          const Ground& ground, const Answers& controls,
                          const Measure* measure, const Progress& told) {
  SubjectReport report{.name = subject.name()};
  told(report.name);
  report.version = version_of(subject);
  // Nothing is left out of what a user asks for.
  if (measure == nullptr) {
    find_omissions(subject, ground, campaign.extra_without);
  }
  const Answers answers = answers_of(subject, campaign, ground, report, told);
  for (const Probe* probe : campaign.probes) {
    report.records.push_back(
        make_record(*probe, subject, controls.at(probe->id),
                    answers.at(probe->id), campaign, measure));
  }
  return report;
}

}  // namespace

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

Result<Report> run_campaign(Campaign& campaign, const BoxFacts& box,
                            const Progress& progress) {
  const probes::FrameKey key = make_key();
  const auto keyed = with_key(campaign.probe_binary, key);
  if (!keyed) return tl::unexpected(keyed.error());
  const Ground ground{.box = box, .keyed_binary = *keyed, .key = key};
  Ground asked = ground;
  std::optional<Measure> measure;
  if (campaign.asked) {
    asked.asked = &*campaign.asked;
    Ground reduced = asked;
    reduced.reduced = true;
    auto taken = take_measure(campaign, reduced, progress);
    if (!taken) return tl::unexpected(taken.error());
    measure = std::move(*taken);
  }

  Report report;
  report.machine = machine_of(box);
  // Every container has a host name of its own. Here it is the same in every
  // run, so that the same spec has the same digest.
  report.spec = campaign.asked
                    ? campaign.asked->config.original
                    : nlohmann::json::parse(emit_oci(weakened(
                          {.spec = spec_under_test(std::string(32, '0'), box),
                           .without = campaign.extra_without})));
  if (campaign.asked) {
    report.bundle =
        Bundle{campaign.asked->directory, campaign.asked->not_examined};
  }
  find_omissions(*campaign.control, ground, {});
  const Answers controls = answers_of_controls(campaign, ground, progress);
  for (const SubjectPointer& subject : campaign.subjects) {
    report.runs.push_back(run_subject(*subject, campaign, asked, controls,
                                      measure ? &*measure : nullptr, progress));
  }
  return report;
}

}  // namespace bulkhead::verify
