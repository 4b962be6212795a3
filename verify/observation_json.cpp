#include "verify/observation_json.h"

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace bulkhead::verify {
namespace {

using nlohmann::json;
using probes::Observation;
using probes::Outcome;

constexpr std::array<std::string_view, 4> kOutcomeNames = {"refused", "reached",
                                                           "absent", "broken"};

Outcome outcome_of(const std::string& name) {
  for (std::size_t i = 0; i < kOutcomeNames.size(); ++i) {
    if (kOutcomeNames[i] == name) return static_cast<Outcome>(i);
  }
  throw json::other_error::create(501, "no such outcome: " + name, nullptr);
}

}  // namespace

json observation_json(const std::optional<Observation>& seen) {
  if (!seen) return nullptr;
  json value = {
      {"outcome", kOutcomeNames[static_cast<std::size_t>(seen->outcome)]},
      {"errno", seen->error},
      {"signal", seen->signal},
      {"evidence", seen->evidence}};
  if (!seen->missing_fact.empty()) value["missing_fact"] = seen->missing_fact;
  return value;
}

std::optional<Observation> observation_from(const json& value) {
  if (value.is_null()) return {};
  return Observation{
      .outcome = outcome_of(value.at("outcome").get<std::string>()),
      .error = value.at("errno").get<int>(),
      .signal = value.at("signal").get<int>(),
      .evidence = value.at("evidence").get<std::string>(),
      .missing_fact = value.value("missing_fact", "")};
}

}  // namespace bulkhead::verify
