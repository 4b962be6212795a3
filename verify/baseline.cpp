#include "verify/baseline.h"

#include <chrono>
#include <cstdio>

#include "verify/words.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;

tl::unexpected<Error> usage(std::string what) {
  return fail("baseline: " + std::move(what), 0,
              R"(write {"probe":GLOB,"subject":GLOB,"reason":TEXT,)"
              R"("until":"YYYY-MM-DD"} on each line)",
              ErrorKind::kUsage);
}

bool is_date(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int read = 0;
  if (text.size() != 10 || std::sscanf(text.c_str(), "%4d-%2u-%2u%n", &year,
                                       &month, &day, &read) != 3) {
    return false;
  }
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{month},
                                         std::chrono::day{day}};
  return read == 10 && date.ok();
}

Result<Waiver> read_waiver(const json& object, const std::string& where) {
  if (!object.is_object()) return usage(where + " is not an object");
  Waiver waiver{.subject = "*"};
  for (const auto& [key, value] : object.items()) {
    if (!value.is_string()) return usage(where + ": " + key + " is no string");
    const std::string text = value.get<std::string>();
    if (key == "probe") {
      waiver.probe = text;
    } else if (key == "subject") {
      waiver.subject = text;
    } else if (key == "reason") {
      waiver.reason = text;
    } else if (key == "until") {
      waiver.until = text;
    } else if (key == "verdict" && text == "inconclusive") {
      waiver.verdict = Verdict::kInconclusive;
    } else if (key != "verdict" || text != "escaped") {
      return usage(where + ": unknown " + key + " '" + text + "'");
    }
  }
  if (waiver.probe.empty()) return usage(where + " names no probe");
  if (waiver.subject.empty()) return usage(where + " names no subject");
  if (waiver.reason.empty()) return usage(where + " gives no reason");
  if (!is_date(waiver.until)) {
    return usage(where + " gives no end date (until)");
  }
  return waiver;
}

}  // namespace

Result<std::vector<Waiver>> parse_baseline(std::string_view text) {
  std::vector<Waiver> waivers;
  const json whole = json::parse(text, nullptr, false);
  if (whole.is_array()) {
    for (std::size_t i = 0; i < whole.size(); ++i) {
      auto waiver = read_waiver(whole[i], "waiver " + std::to_string(i + 1));
      if (!waiver) return tl::unexpected(waiver.error());
      waivers.push_back(std::move(*waiver));
    }
    return waivers;
  }
  std::size_t number = 0;
  while (!text.empty()) {
    const auto newline = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, newline);
    text.remove_prefix(std::min(newline + 1, text.size()));
    ++number;
    const auto start = line.find_first_not_of(" \t\r");
    if (start == std::string_view::npos || line[start] == '#') continue;
    const std::string where = "line " + std::to_string(number);
    const json object = json::parse(line, nullptr, false);
    if (object.is_discarded()) return usage(where + " is not JSON");
    auto waiver = read_waiver(object, where);
    if (!waiver) return tl::unexpected(waiver.error());
    waivers.push_back(std::move(*waiver));
  }
  return waivers;
}

void apply_baseline(Report& report, const std::vector<Waiver>& waivers,
                    std::string_view today) {
  for (const Waiver& waiver : waivers) {
    const std::string shown = waiver.probe + " on " + waiver.subject;
    // Dates of this form compare like text.
    if (waiver.until < today) {
      report.notes.push_back("expired waiver: " + shown + " (until " +
                             waiver.until + "): " + waiver.reason);
      continue;
    }
    bool used = false;
    for (SubjectReport& run : report.runs) {
      if (!matches_glob(waiver.subject, run.name)) continue;
      for (Record& record : run.records) {
        if (record.verdict != waiver.verdict ||
            !matches_glob(waiver.probe, record.probe)) {
          continue;
        }
        used = true;
        if (!record.waived) {
          record.waived = Waived{waiver.reason, waiver.until};
        }
      }
    }
    if (!used) {
      report.notes.push_back("unused waiver: " + shown + ": " + waiver.reason);
    }
  }
}

}  // namespace bulkhead::verify
