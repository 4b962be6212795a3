#include "verify/faults/fault.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numeric>
#include <regex>
#include <set>

#include "verify/faults/call_table.h"
#include "verify/sha256.h"

namespace bulkhead::verify::faults {
namespace {

/// What a replacement is made to fail with, once its original has.
constexpr std::array kSecondErrnos = {EPERM, ENOSYS};

/// So many calls after the one that failed may be its replacement; who begins
/// all over again has hundreds that are new.
constexpr std::size_t kMostReplacements = 8;

/// As much of the nonce as stands in paths (site.h, tested_spec.h).
constexpr std::size_t kShortNonce = 12;

void replace_all(std::string& text, std::string_view from,
                 std::string_view to) {
  if (from.empty()) return;
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos;
       at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

Fault single(const Site& site, const Answer& answer) {
  return {.kind = answer.lies ? Fault::Kind::kLie : Fault::Kind::kSingle,
          .rules = {{.site = site, .answer = answer}}};
}

}  // namespace

std::string Site::text() const {
  return call + "(" + arguments + ")#" + std::to_string(process) + "." +
         std::to_string(occurrence);
}

std::string Answer::text() const {
  return lies ? "lie" : std::string(errno_word(error));
}

std::string Rule::text() const {
  return (whole_call ? site.call : site.text()) + "=" + answer.text();
}

std::string Fault::text() const {
  std::string text;
  for (const Rule& rule : rules) {
    if (!text.empty()) text += kBetweenFaults;
    text += rule.text();
  }
  return text;
}

std::string_view word_of(Fault::Kind kind) {
  constexpr std::array<std::string_view, 4> kWords = {"single", "lie",
                                                      "persistent", "pair"};
  return kWords[static_cast<std::size_t>(kind)];
}

std::string normalised(std::string arguments, std::string_view nonce) {
  replace_all(arguments, nonce, "NONCE");
  replace_all(arguments, nonce.substr(0, kShortNonce), "NONCE");
  static const std::array kReplacements = {
      std::pair{std::regex("/proc/[0-9]+"), "/proc/PID"},
      std::pair{std::regex("/task/[0-9]+"), "/task/TID"},
      std::pair{std::regex("/fdinfo/[0-9]+"), "/fdinfo/FD"},
      // Below a procfs that is attached nowhere.
      std::pair{std::regex("^/[0-9]+/"), "/PID/"},
      std::pair{std::regex("(pipe|socket|anon_inode|mnt|net|pid|user|uts|ipc|"
                           "cgroup|time):\\[[0-9]+\\]"),
                "$1"},
      // A process by number, start and namespace: a record of bulkhead's.
      std::pair{std::regex("[0-9]+\\.[0-9]+\\.[0-9]{7,}"), "PROCESS"},
      // mkdtemp(3), and what Go makes of os.MkdirTemp.
      std::pair{std::regex("\\.[0-9A-Za-z]{6}(?=[,/]|$)"), ".RANDOM"},
      std::pair{std::regex("[0-9]{7,}"), "NUMBER"}};
  for (const auto& [what, by] : kReplacements) {
    arguments = std::regex_replace(arguments, what, by);
  }
  return arguments;
}

std::vector<Fault> faults_for(const std::vector<Site>& sites) {
  std::vector<Fault> faults;
  std::set<std::string> calls;
  for (const Site& site : sites) {
    const TableCall* call = call_named(site.call);
    if (call == nullptr) continue;
    calls.insert(site.call);
    for (const int error : call->errnos) {
      faults.push_back(single(site, {.error = error}));
    }
    if (call->lie != Lie::kNone) faults.push_back(single(site, {.lies = true}));
  }
  for (const std::string& name : calls) {
    for (const int error : call_named(name)->errnos) {
      // A signal interrupts once: whoever tries again for ever is right.
      if (error == EINTR) continue;
      faults.push_back({.kind = Fault::Kind::kPersistent,
                        .rules = {{.site = {.call = name, .arguments = {}},
                                   .answer = {.error = error},
                                   .whole_call = true}}});
    }
  }
  return faults;
}

std::vector<Fault> pairs_for(const Fault& first, const std::vector<Site>& usual,
                             const std::vector<Site>& now) {
  const std::set<Site> known(usual.begin(), usual.end());
  std::vector<Fault> pairs;
  for (const Site& site : now) {
    if (known.contains(site)) continue;
    if (pairs.size() == kMostReplacements * kSecondErrnos.size()) break;
    for (const int error : kSecondErrnos) {
      Fault pair{.kind = Fault::Kind::kPair, .rules = first.rules};
      pair.rules.push_back({.site = site, .answer = {.error = error}});
      pairs.push_back(std::move(pair));
    }
  }
  return pairs;
}

std::vector<Fault> sample(std::vector<Fault> faults, std::size_t count,
                          unsigned long seed) {
  if (faults.size() <= count) return faults;
  const auto rank = [&](const Fault& fault) {
    return sha256(std::to_string(seed) + " " + fault.text());
  };
  std::vector<std::string> ranks;
  ranks.reserve(faults.size());
  for (const Fault& fault : faults) ranks.push_back(rank(fault));
  std::ranges::nth_element(ranks,
                           ranks.begin() + static_cast<std::ptrdiff_t>(count));
  const std::string& limit = ranks[count];
  std::erase_if(faults,
                [&](const Fault& fault) { return rank(fault) >= limit; });
  return faults;
}

void to_json(nlohmann::json& json, const Site& site) {
  json = {site.call, site.arguments, site.process, site.occurrence};
}

void from_json(const nlohmann::json& json, Site& site) {
  json.at(0).get_to(site.call);
  json.at(1).get_to(site.arguments);
  json.at(2).get_to(site.process);
  json.at(3).get_to(site.occurrence);
}

}  // namespace bulkhead::verify::faults
