#include "verify/syscall_report.h"

#include <array>

#include "verify/report.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;

constexpr std::array kKindNames = {"lets through", "oracles differ", "reached"};

json words_json(const std::vector<std::uint32_t>& actions) {
  json words = json::array();
  for (const std::uint32_t action : actions) {
    words.push_back(action_words(action));
  }
  return words;
}

json call_json(const SyscallRow& row) {
  return {{"arch", row.arch->name},
          {"number", row.number},
          {"name", row.name},
          {"filter", words_json(row.decided)},
          {"inside", row.seen ? json(words_of(*row.seen)) : json()},
          {"spec", row.named ? words_json(row.wanted)
                             : json::array({wanted_words(row)})}};
}

json finding_json(const SyscallSurface& surface,
                  const SyscallFinding& finding) {
  const SyscallRow& row = surface.rows[finding.row];
  return {{"kind", kKindNames[static_cast<std::size_t>(finding.kind)]},
          {"arch", row.arch->name},
          {"number", row.number},
          {"name", row.name},
          {"what", finding.what}};
}

json rows_json(const SyscallSurface& surface,
               const std::vector<std::size_t>& indexes) {
  json rows = json::array();
  for (const std::size_t index : indexes) {
    rows.push_back(call_json(surface.rows[index]));
  }
  return rows;
}

json counts_json(const SyscallSurface& surface) {
  json all = json::object();
  for (const SyscallArch& arch : syscall_arches()) {
    const SyscallCounts counts = count_decisions(surface, arch);
    all[arch.name] = {
        {"allowed", counts.allowed},         {"by_errno", counts.by_errno},
        {"enosys", counts.enosys},           {"killed", counts.killed},
        {"by_argument", counts.by_argument}, {"other", counts.other}};
  }
  return all;
}

}  // namespace

int exit_status(const SyscallReport& report) {
  if (!report.surface.findings.empty()) return kExitEscaped;
  const bool whole = report.unread.empty() && report.unseen.empty() &&
                     report.surface.lost == 0;
  return whole ? kExitContained : kExitInconclusive;
}

json to_json(const SyscallReport& report) {
  const SyscallSurface& surface = report.surface;
  json calls = json::array();
  for (const SyscallRow& row : surface.rows) calls.push_back(call_json(row));
  json findings = json::array();
  for (const SyscallFinding& finding : surface.findings) {
    findings.push_back(finding_json(surface, finding));
  }
  return {
      {"subject",
       {{"name", report.subject},
        {"version", report.version},
        {"trouble", report.trouble}}},
      {"filters", report.filters ? json(*report.filters) : json()},
      {"unread", report.unread},
      {"unseen", report.unseen},
      {"absent", report.absent},
      {"calls", std::move(calls)},
      {"findings", std::move(findings)},
      {"stricter", rows_json(surface, surface.stricter)},
      {"answered_otherwise", rows_json(surface, surface.answered_otherwise)},
      {"past_every_filter", rows_json(surface, surface.past_every_filter)},
      {"summary", counts_json(surface)},
      {"exit", exit_status(report)}};
}

}  // namespace bulkhead::verify
