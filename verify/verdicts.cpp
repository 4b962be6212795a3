#include "verify/verdicts.h"

#include "verify/answers_json.h"
#include "verify/attribution.h"
#include "verify/excuse.h"
#include "verify/judge_asked.h"
#include "verify/not_asked.h"
#include "verify/words.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;
using probes::Probe;

/// Nothing, where a box said nothing of it: that is no verdict.
const Answer& answer_to(const Probe& probe, const Answers& answers) {
  static const Answer kNone{.trouble = {"the crash box said nothing of it"}};
  const auto found = answers.find(probe.id);
  return found == answers.end() ? kNone : found->second;
}

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
  const Answer& reference = answer_to(probe, measure->reference);
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

std::optional<Measure> measure_from(const Campaign& campaign,
                                    const json& subjects) {
  if (!campaign.asked) return {};
  const json& reference = subjects.at("reference");
  return Measure{answers_from(reference.at("answers")),
                 not_asked(campaign.asked->config.spec),
                 reference.at("facts").get<probes::Facts>()};
}

SubjectReport judge_subject(const Subject& subject, const Campaign& campaign,
                            const Answers& controls, const Measure* measure,
                            const json& said) {
  SubjectReport report{.name = subject.name()};
  said.at("version").get_to(report.version);
  said.at("not_offered").get_to(report.not_offered);
  said.at("trouble").get_to(report.trouble);
  const Answers answers = answers_from(said.at("answers"));
  for (const Probe* probe : campaign.probes) {
    report.records.push_back(
        make_record(*probe, subject, answer_to(*probe, controls),
                    answer_to(*probe, answers), campaign, measure));
  }
  return report;
}

Report judged(const Campaign& campaign, const json& controls,
              const json& subjects) {
  Report report{.machine = subjects.at("machine"), .spec = subjects.at("spec")};
  if (campaign.asked) {
    report.bundle =
        Bundle{campaign.asked->directory, campaign.asked->not_examined};
  }
  const Answers red = answers_from(controls);
  const std::optional<Measure> measure = measure_from(campaign, subjects);
  for (std::size_t i = 0; i < campaign.subjects.size(); ++i) {
    report.runs.push_back(judge_subject(*campaign.subjects[i], campaign, red,
                                        measure ? &*measure : nullptr,
                                        subjects.at("runs").at(i)));
  }
  return report;
}

}  // namespace

Result<Report> judge_campaign(const Campaign& campaign, const json& controls,
                              const json& subjects) {
  try {
    return judged(campaign, controls, subjects);
  } catch (const json::exception& error) {
    return fail(std::string("answers from the crash box: ") + error.what());
  }
}

}  // namespace bulkhead::verify
