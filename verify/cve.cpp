#include "verify/cve.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <tuple>

#include "verify/visible.h"

namespace bulkhead::verify {
namespace {

std::string in_capitals(std::string_view text) {
  std::string capitals(text);
  std::ranges::transform(capitals, capitals.begin(), [](unsigned char c) {
    return static_cast<char>(std::toupper(c));
  });
  return capitals;
}

bool all_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

constexpr std::size_t kYear = 4;    // after "CVE-"
constexpr std::size_t kNumber = 9;  // after "CVE-2019-"

}  // namespace

bool is_cve(std::string_view text) {
  const std::string cve = in_capitals(text);
  return cve.size() >= kNumber + 4 && cve.starts_with("CVE-") &&
         cve[kNumber - 1] == '-' &&
         all_digits(std::string_view(cve).substr(kYear, 4)) &&
         all_digits(std::string_view(cve).substr(kNumber));
}

bool refers_to(const probes::Probe& probe, std::string_view cve) {
  const std::string wanted = in_capitals(cve);
  return is_cve(wanted) &&
         std::ranges::any_of(probe.references, [&](const std::string& it) {
           return in_capitals(it) == wanted;
         });
}

bool CveOrder::operator()(const std::string& left,
                          const std::string& right) const {
  // Numbers grew from four digits to more: the longer is the later one.
  const auto key = [](const std::string& cve) {
    return std::tuple(cve.substr(0, kNumber), cve.size(), cve);
  };
  return key(left) < key(right);
}

CveTable known_cves() {
  CveTable table;
  for (const probes::Probe& probe : probes::catalogue()) {
    for (const std::string& reference : probe.references) {
      if (is_cve(reference)) table[in_capitals(reference)].push_back(probe.id);
    }
  }
  return table;
}

std::string unknown_cve(std::string_view cve) {
  const CveTable known = known_cves();
  if (known.contains(in_capitals(cve))) return {};
  std::string names;
  for (const auto& [name, ids] : known) names += " " + name;
  return fmt::format("no probe refers to {}; known are{}", visible(cve, 80),
                     names);
}

}  // namespace bulkhead::verify
