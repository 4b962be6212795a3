// For tests: a plain report, and one in which every text that a subject, a
// kernel or a waiver could have a say in does its worst.
#pragma once

#include <string>
#include <vector>

#include "verify/report.h"

namespace bulkhead::verify {

inline Record sample_record(const std::string& probe, Verdict verdict) {
  Record record{.probe = probe,
                .boundary = probe.substr(0, probe.find('/')),
                .claim = "Claim of " + probe + ".",
                .remedy = "Remedy.",
                .verdict = verdict,
                .watches = {"pidns", "seccomp"},
                .references = {"clone(2)", "CVE-2019-5736"},
                .repeat = "bulkhead verify --probe " + probe};
  record.seen.attempt = probes::Observation{
      .outcome = probes::Outcome::kRefused, .error = 1, .evidence = "inside"};
  record.seen.control = probes::Observation{
      .outcome = probes::Outcome::kReached, .evidence = "red"};
  if (verdict == Verdict::kContained) {
    record.by = "namespace";
  } else {
    record.reason = "why";
  }
  return record;
}

/// One subject: pidns/a contained, pidns/b escaped, seccomp/c unsupported,
/// seccomp/d inconclusive, seccomp/e escaped and waived.
inline Report sample_report() {
  using enum Verdict;
  SubjectReport run{.name = "crun", .version = "crun 1.8"};
  run.records = {sample_record("pidns/a", kContained),
                 sample_record("pidns/b", kEscaped),
                 sample_record("seccomp/c", kUnsupported),
                 sample_record("seccomp/d", kInconclusive),
                 sample_record("seccomp/e", kEscaped)};
  run.records.back().waived = Waived{"known", "2030-01-31"};
  return {.machine = {{"kernel", "6.1.0"}},
          .spec = {{"ociVersion", "1.0.2"}},
          .runs = {run}};
}

/// A bundle's run: pidns/a contained, seccomp/f open.
inline Report bundle_report() {
  SubjectReport run{.name = "crun", .version = "crun 1.8"};
  run.records = {sample_record("pidns/a", Verdict::kContained),
                 sample_record("seccomp/f", Verdict::kOpen)};
  return {.machine = {{"kernel", "6.1.0"}},
          .spec = {{"ociVersion", "1.0.2"}},
          .runs = {run},
          .bundle = Bundle{"/srv/bundle", {"/hooks: not implemented"}}};
}

/// One subject of which nothing but "unsupported" is known.
inline Report report_without_proof() {
  SubjectReport run{.name = "crun"};
  run.records = {sample_record("pidns/a", Verdict::kUnsupported)};
  return {.runs = {run}};
}

/// What stands in every text of hostile_report(). Each of it ends something in
/// some format.
inline std::string hostile_text() {
  return std::string(
             "<script>alert(1)</script> ]]> --> </failure> &amp; &#0; | `x` "
             "``` ~~~ \"q\" 'q' \\ \\n # EOF\n# EOF\nok 1 forged # SKIP\n\n"
             "```\n| a | b |\n@nobody #1 http://x.example/ "
             "\r\n\033[2J\033]0;t\a"
             "\x7f\xff\xfe\xc0\xaf\xed\xa0\x80 "
             "\u0085\u2028\u202e\ufeff\uffff ") +
         std::string(1, '\0') + " end-of-hostile";
}

inline Record hostile_record(const std::string& probe, Verdict verdict) {
  const std::string text = hostile_text();
  const probes::Observation seen{
      .outcome = probes::Outcome::kReached, .error = 1, .evidence = text};
  Record record{
      .probe = probe,
      .boundary = probe.substr(0, probe.find('/')),
      .claim = "It holds | `really` <b> http://x.example/ *x* [y](z).",
      .remedy = "Deny | `it` <b> & ]]>.",
      .verdict = verdict,
      .reason = text,
      .watches = {"seccomp"},
      .references = {"CVE-2019-5736", "man(1) | `x` <b> ]]> # y"},
      .seen = {.control = seen, .attempt = seen, .witness = seen},
      .repeat = "bulkhead verify --subject " + text};
  if (verdict == Verdict::kContained) {
    record.by = text;
    record.reason.clear();
    record.seen.attempt->outcome = probes::Outcome::kRefused;
  }
  return record;
}

/// Two subjects of the same hostile name: six records, of which one waived and
/// one open, and one record with 100 KB of evidence. Then one that proves
/// nothing.
inline Report hostile_report() {
  using enum Verdict;
  const std::string text = hostile_text();
  SubjectReport first{
      .name = text, .version = text, .not_offered = {text}, .trouble = {text}};
  first.records = {hostile_record("pidns/contained", kContained),
                   hostile_record("pidns/escaped", kEscaped),
                   hostile_record("seccomp/unsupported", kUnsupported),
                   hostile_record("seccomp/inconclusive", kInconclusive),
                   hostile_record("seccomp/waived", kEscaped)};
  first.records.back().waived = Waived{text, "2030-01-31"};
  first.records.push_back(hostile_record("seccomp/open", kOpen));
  SubjectReport second{.name = text};
  second.records = {hostile_record("pidns/escaped", kEscaped)};
  std::string& big = second.records.front().reason;
  while (big.size() < 100'000) big += text;
  SubjectReport third{.name = "none"};
  third.records = {hostile_record("pidns/contained", kUnsupported)};
  return {.machine = {{"kernel", text},
                      {"architecture", text},
                      {"cgroups", "v2"},
                      {"box",
                       {{"user_namespace", false},
                        {"notes", nlohmann::json::array({text})}}}},
          .spec = {{"ociVersion", "1.0.2"}, {"hostname", text}},
          .runs = {first, second, third},
          .notes = {text},
          .bundle = Bundle{"/" + text, {text}}};
}

}  // namespace bulkhead::verify
