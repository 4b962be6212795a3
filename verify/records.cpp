#include "verify/records.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace bulkhead::verify {
namespace {

using nlohmann::json;
using probes::Observation;
using probes::Outcome;

constexpr std::string_view kMagic = "bhp1 ";

template <class Number>
std::optional<Number> number(std::string_view text, int base) {
  Number value{};
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

/// The payload of a line that begins with the magic, if its length and mac
/// are right.
std::optional<json> authentic(std::string_view line,
                              const probes::FrameKey& key) {
  line.remove_prefix(kMagic.size());
  const auto first = line.find(' ');
  if (first == std::string_view::npos) return {};
  const auto second = line.find(' ', first + 1);
  if (second == std::string_view::npos || second - first - 1 != 16) return {};
  const auto length = number<std::size_t>(line.substr(0, first), 10);
  const auto mac = number<std::uint64_t>(line.substr(first + 1, 16), 16);
  const std::string_view payload = line.substr(second + 1);
  if (!length || !mac || payload.size() != *length) return {};
  if (probes::frame_mac(key, payload) != *mac) return {};
  json parsed = json::parse(payload, nullptr, false);
  if (!parsed.is_object()) return {};
  return parsed;
}

std::optional<Outcome> outcome_named(const std::string& name) {
  if (name == "refused") return Outcome::kRefused;
  if (name == "reached") return Outcome::kReached;
  if (name == "absent") return Outcome::kAbsent;
  if (name == "broken") return Outcome::kBroken;
  return {};
}

/// A count or a code of a payload, 0 where it has none; nothing where what
/// stands there is no whole number, or none that fits.
std::optional<int> whole_number(const json& payload, const char* name) {
  const auto found = payload.find(name);
  if (found == payload.end()) return 0;
  // As unsigned first: what is below 0 is not of that type.
  if (found->is_number_unsigned()) {
    const auto number = found->get<std::uint64_t>();
    return std::in_range<int>(number) ? std::optional(static_cast<int>(number))
                                      : std::nullopt;
  }
  if (!found->is_number_integer()) return {};
  const auto number = found->get<std::int64_t>();
  return std::in_range<int>(number) ? std::optional(static_cast<int>(number))
                                    : std::nullopt;
}

/// Takes frames in order and keeps the first complaint that spoils them.
class Reader {
 public:
  Reader(std::string_view nonce, const std::vector<std::string>& asked)
      : nonce_(nonce), asked_(asked) {}

  void take(const json& payload) {
    if (spoiled_) return;
    if (payload.value("nonce", std::string()) != nonce_) {
      return spoil("a frame of another run was replayed");
    }
    if (ended_) return spoil("a frame came after the end");
    const std::string kind = payload.value("kind", std::string());
    if (kind == "plan") return take_plan(payload);
    if (!planned_) return spoil("a " + kind + " came before the plan");
    if (kind == "record") return take_record(payload);
    if (kind == "end") return take_end(payload);
    spoil("a frame of unknown kind '" + kind + "'");
  }

  Transcript finish() && {
    if (!spoiled_ && !planned_) spoil("no plan: the probes did not start");
    if (!spoiled_ && !ended_) spoil("no end: the output was cut short");
    Transcript transcript;
    transcript.whole = !spoiled_;
    if (spoiled_) {
      transcript.complaints.push_back(std::move(complaint_));
    } else {
      transcript.halves = std::move(halves_);
    }
    return transcript;
  }

 private:
  void spoil(std::string complaint) {
    spoiled_ = true;
    complaint_ = std::move(complaint);
  }

  void take_plan(const json& payload) {
    if (planned_) return spoil("two plans");
    if (whole_number(payload, "version") != probes::kFrameVersion) {
      return spoil("the probes speak another version");
    }
    std::vector<std::string> planned;
    if (const auto found = payload.find("probes");
        found != payload.end() && found->is_array()) {
      for (const json& id : *found) {
        planned.push_back(id.is_string() ? id.get<std::string>() : "");
      }
    }
    std::vector<std::string> asked = asked_;
    std::ranges::sort(asked);
    std::ranges::sort(planned);
    if (planned != asked) return spoil("the plan is not what was asked");
    planned_ = true;
  }

  void take_record(const json& payload) {
    const std::string id = payload.value("probe", std::string());
    const std::string half = payload.value("half", std::string());
    const auto outcome = outcome_named(payload.value("outcome", std::string()));
    if (std::ranges::find(asked_, id) == asked_.end()) {
      return spoil("a record of '" + id + "', which was not asked");
    }
    const std::optional<int> error = whole_number(payload, "errno");
    const std::optional<int> signal = whole_number(payload, "signal");
    if (!outcome || !error || !signal ||
        (half != "attempt" && half != "witness")) {
      return spoil("a malformed record of " + id);
    }
    Halves& halves = halves_[id];
    auto& slot = half == "attempt" ? halves.attempt : halves.witness;
    if (slot) return spoil("two records of the " + half + " of " + id);
    slot = Observation{
        .outcome = *outcome,
        .error = *error,
        .signal = *signal,
        .evidence = payload.value("evidence", std::string()),
        .missing_fact = payload.value("missing_fact", std::string())};
    if (!slot->missing_fact.empty() && *outcome != Outcome::kBroken) {
      return spoil("a record of " + id + " that misses a fact but is " +
                   payload["outcome"].get<std::string>());
    }
    ++records_;
  }

  void take_end(const json& payload) {
    const std::optional<int> counted = whole_number(payload, "records");
    if (!counted || !std::cmp_equal(*counted, records_) ||
        records_ != 2 * asked_.size()) {
      return spoil("the end does not count the records");
    }
    ended_ = true;
  }

  std::string nonce_;
  const std::vector<std::string>& asked_;
  std::map<std::string, Halves> halves_;
  std::size_t records_ = 0;
  bool planned_ = false;
  bool ended_ = false;
  bool spoiled_ = false;
  std::string complaint_;
};

}  // namespace

std::vector<json> authentic_frames(std::string_view output,
                                   const probes::FrameKey& key,
                                   std::size_t& forged) {
  std::vector<json> frames;
  while (!output.empty()) {
    const auto newline = output.find('\n');
    if (newline == std::string_view::npos) break;  // A cut line is no frame.
    const std::string_view line = output.substr(0, newline);
    output.remove_prefix(newline + 1);
    if (!line.starts_with(kMagic)) continue;
    if (auto payload = authentic(line, key)) {
      frames.push_back(std::move(*payload));
    } else {
      ++forged;
    }
  }
  return frames;
}

Transcript read_transcript(std::string_view output, const probes::FrameKey& key,
                           std::string_view nonce,
                           const std::vector<std::string>& asked) {
  Reader reader(nonce, asked);
  std::size_t forged = 0;
  for (const json& payload : authentic_frames(output, key, forged)) {
    try {
      reader.take(payload);
    } catch (const json::exception&) {
      // value() throws where a field has another type than the wire's.
      Transcript transcript;
      transcript.complaints.emplace_back("a frame with a field of wrong type");
      return transcript;
    }
  }
  Transcript transcript = std::move(reader).finish();
  if (forged > 0) {
    transcript.complaints.push_back(std::to_string(forged) +
                                    " forged or damaged frame(s)");
  }
  return transcript;
}

}  // namespace bulkhead::verify
