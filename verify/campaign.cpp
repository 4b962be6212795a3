#include "verify/campaign.h"

#include <sys/utsname.h>

#include "runtime/spec/oci.h"
#include "verify/answers_json.h"
#include "verify/facts.h"
#include "verify/report.h"
#include "verify/rootfs.h"
#include "verify/rounds.h"
#include "verify/words.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;

/// Runs the user's config under the reference. An error where it does not
/// start: then nobody knows what the config asks for.
Result<json> ask_reference(const Campaign& campaign, const Ground& ground,
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
  return answers_json(
      answers_of(*campaign.reference, campaign, ground, aside, told));
}

json ask_subject(Subject& subject, const Campaign& campaign,
                 const Ground& ground, const Progress& told) {
  SubjectReport report{.name = subject.name()};
  told(report.name);
  report.version = version_of(subject);
  // Nothing is left out of what a user asks for.
  if (!campaign.asked) find_omissions(subject, ground, campaign.extra_without);
  const Answers answers = answers_of(subject, campaign, ground, report, told);
  return {{"version", report.version},
          {"not_offered", report.not_offered},
          {"trouble", report.trouble},
          {"answers", answers_json(answers)}};
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

Result<json> ask_controls(const Campaign& campaign, const BoxFacts& box,
                          const Progress& progress) {
  const auto own = keyed(campaign.probe_binary);
  if (!own) return tl::unexpected(own.error());
  const Ground ground{.box = box, .keyed_binary = own->binary, .key = own->key};
  find_omissions(*campaign.control, ground, {});
  return answers_json(answers_of_controls(campaign, ground, progress));
}

Result<json> ask_subjects(const Campaign& campaign, const BoxFacts& box,
                          const Progress& progress) {
  const auto own = keyed(campaign.probe_binary);
  if (!own) return tl::unexpected(own.error());
  Ground ground{.box = box, .keyed_binary = own->binary, .key = own->key};
  json said = {{"machine", machine_of(box)}, {"runs", json::array()}};
  if (campaign.asked) {
    ground.asked = &*campaign.asked;
    Ground reduced = ground;
    reduced.reduced = true;
    auto reference = ask_reference(campaign, reduced, progress);
    if (!reference) return tl::unexpected(reference.error());
    const Asked& asked = *campaign.asked;
    said["reference"] = {
        {"answers", std::move(*reference)},
        {"facts", facts_of_asked(asked, asked.config.spec, {})}};
    said["spec"] = asked.config.original;
  } else {
    // Every container has a host name of its own. Here it is the same in every
    // run, so that the same spec has the same digest.
    said["spec"] = json::parse(
        emit_oci(weakened({.spec = tested_spec(std::string(32, '0'), box),
                           .without = campaign.extra_without})));
  }
  for (const SubjectPointer& subject : campaign.subjects) {
    said["runs"].push_back(ask_subject(*subject, campaign, ground, progress));
  }
  return said;
}

}  // namespace bulkhead::verify
