#include "verify/answers_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace bulkhead::verify::answers_json_test {
namespace {

Answers sample() {
  Answers answers;
  answers["a/whole"] = {
      .attempt = probes::Observation{.outcome = probes::Outcome::kRefused,
                                     .error = 1,
                                     .signal = 9,
                                     .evidence = "mount: EPERM"},
      .witness = probes::works("it does"),
      .outside = probes::reached("seen outside"),
      .trouble = {"forged", "it was killed"},
      .not_offered = {{Boundary::kTimens, "clock offsets"}}};
  answers["b/missing"] = {.attempt = probes::fact_missing("umask")};
  answers["c/nothing"] = {};
  return answers;
}

TEST(AnswersJson, NothingIsLostOnTheWay) {
  const auto told = answers_json(sample());
  const Answers back = answers_from(told);
  EXPECT_EQ(answers_json(back), told);
  const Answer& whole = back.at("a/whole");
  EXPECT_EQ(whole.attempt->outcome, probes::Outcome::kRefused);
  EXPECT_EQ(whole.attempt->error, 1);
  EXPECT_EQ(whole.attempt->signal, 9);
  EXPECT_EQ(whole.attempt->evidence, "mount: EPERM");
  EXPECT_EQ(whole.outside->outcome, probes::Outcome::kReached);
  EXPECT_EQ(whole.trouble,
            (std::vector<std::string>{"forged", "it was killed"}));
  EXPECT_EQ(whole.not_offered, sample().at("a/whole").not_offered);
  EXPECT_EQ(back.at("b/missing").attempt->missing_fact, "umask");
  EXPECT_FALSE(back.at("c/nothing").attempt);
}

TEST(AnswersJson, WhatIsDamagedIsNoAnswer) {
  const auto damaged = [](const char* probe, const char* part,
                          const nlohmann::json& value) {
    nlohmann::json told = answers_json(sample());
    told[probe][part] = value;
    return told;
  };
  const auto lack = nlohmann::json::array({{{"boundary", "no"}, {"what", ""}}});
  for (const auto& told :
       {nlohmann::json(1), damaged("a/whole", "attempt", "refused"),
        damaged("a/whole", "attempt", {{"outcome", "fine"}}),
        damaged("a/whole", "trouble", nullptr),
        damaged("a/whole", "not_offered", lack)}) {
    EXPECT_THROW(static_cast<void>(answers_from(told)),
                 nlohmann::json::exception)
        << told;
  }
}

}  // namespace
}  // namespace bulkhead::verify::answers_json_test
