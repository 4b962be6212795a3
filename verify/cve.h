// Which probes try what a CVE was about.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "probes/probe.h"

namespace bulkhead::verify {

/// Whether `text` is a CVE's number and nothing else: CVE-2019-5736, in
/// capitals or not.
[[nodiscard]] bool is_cve(std::string_view text);

/// Whether `probe` refers to exactly this CVE, in capitals or not.
[[nodiscard]] bool refers_to(const probes::Probe& probe, std::string_view cve);

/// By year, then by number.
struct CveOrder {
  [[nodiscard]] bool operator()(const std::string& left,
                                const std::string& right) const;
};
using CveTable = std::map<std::string, std::vector<std::string>, CveOrder>;

/// Every CVE that a probe of the catalogue refers to, and those probes' ids.
[[nodiscard]] CveTable known_cves();

/// "no probe refers to …; known are …" if `cve` is none of them, else empty.
[[nodiscard]] std::string unknown_cve(std::string_view cve);

}  // namespace bulkhead::verify
