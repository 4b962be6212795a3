#include "verify/answers_json.h"

#include <nlohmann/json.hpp>

#include "verify/observation_json.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;

NotOffered not_offered_from(const json& value) {
  const auto name = value.at("boundary").get<std::string>();
  const auto boundary = boundary_named(name);
  if (!boundary) {
    throw json::other_error::create(501, "no such boundary: " + name, nullptr);
  }
  return {*boundary, value.at("what").get<std::string>()};
}

}  // namespace

json answers_json(const Answers& answers) {
  json all = json::object();
  for (const auto& [probe, answer] : answers) {
    json lacks = json::array();
    for (const NotOffered& lack : answer.not_offered) {
      lacks.push_back(
          {{"boundary", name_of(lack.boundary)}, {"what", lack.what}});
    }
    all[probe] = {{"attempt", observation_json(answer.attempt)},
                  {"witness", observation_json(answer.witness)},
                  {"outside", observation_json(answer.outside)},
                  {"trouble", answer.trouble},
                  {"not_offered", std::move(lacks)}};
  }
  return all;
}

Answers answers_from(const json& value) {
  Answers answers;
  for (const auto& [probe, answer] : value.get_ref<const json::object_t&>()) {
    Answer& one = answers[probe];
    one = {.attempt = observation_from(answer.at("attempt")),
           .witness = observation_from(answer.at("witness")),
           .outside = observation_from(answer.at("outside"))};
    answer.at("trouble").get_to(one.trouble);
    for (const json& lack : answer.at("not_offered")) {
      one.not_offered.push_back(not_offered_from(lack));
    }
  }
  return answers;
}

}  // namespace bulkhead::verify
