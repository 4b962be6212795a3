#include "verify/records.h"

#include <gtest/gtest.h>

namespace bulkhead::verify::records_test {
namespace {

using probes::Outcome;

const probes::FrameKey kKey = {1, 2, 3, 4, 5, 6, 7, 8};
const std::string kNonce = "0123456789abcdef0123456789abcdef";
const std::vector<std::string> kAsked = {"a/b", "c/d"};

std::string framed(const std::string& payload) {
  return probes::frame(kKey, payload);
}

std::string plan(const std::string& nonce = kNonce,
                 int version = probes::kFrameVersion,
                 const std::string& probes = R"("a/b","c/d")") {
  return framed(R"({"kind":"plan","version":)" + std::to_string(version) +
                R"(,"nonce":")" + nonce + R"(","probes":[)" + probes + "]}");
}

std::string record(const std::string& probe, const std::string& half,
                   const std::string& outcome = "refused",
                   const std::string& nonce = kNonce) {
  return framed(R"({"kind":"record","nonce":")" + nonce + R"(","probe":")" +
                probe + R"(","half":")" + half + R"(","outcome":")" + outcome +
                R"(","errno":1,"signal":0,"evidence":"seen"})");
}

std::string end(int records, const std::string& nonce = kNonce) {
  return framed(R"({"kind":"end","nonce":")" + nonce + R"(","records":)" +
                std::to_string(records) + "}");
}

std::string records() {
  return record("a/b", "witness", "reached") + record("a/b", "attempt") +
         record("c/d", "witness", "reached") + record("c/d", "attempt");
}

Transcript read(const std::string& output) {
  return read_transcript(output, kKey, kNonce, kAsked);
}

void expect_nothing(const std::string& output, const std::string& complaint) {
  const Transcript transcript = read(output);
  EXPECT_FALSE(transcript.whole);
  EXPECT_TRUE(transcript.halves.empty());
  ASSERT_FALSE(transcript.complaints.empty());
  EXPECT_NE(transcript.complaints[0].find(complaint), std::string::npos)
      << transcript.complaints[0];
}

TEST(Records, AWholeTranscriptIsBelieved) {
  const Transcript transcript = read(plan() + records() + end(4));
  ASSERT_TRUE(transcript.whole);
  EXPECT_TRUE(transcript.complaints.empty());
  ASSERT_EQ(transcript.halves.size(), 2U);
  const Halves& halves = transcript.halves.at("a/b");
  EXPECT_EQ(halves.attempt->outcome, Outcome::kRefused);
  EXPECT_EQ(halves.attempt->error, 1);
  EXPECT_EQ(halves.attempt->evidence, "seen");
  EXPECT_EQ(halves.witness->outcome, Outcome::kReached);
}

TEST(Records, ChatterBetweenFramesIsIgnored) {
  EXPECT_TRUE(read("warning: x\n" + plan() + "\n\n" + records() +
                   "bhp2 nonsense\n" + end(4) + "bye")
                  .whole);
}

TEST(Records, SilenceIsNoTranscript) {
  expect_nothing("", "no plan");
  expect_nothing("all tests passed\nok 1\nok 2\n", "no plan");
}

TEST(Records, RecordsWithoutAPlanAreNotBelieved) {
  expect_nothing(records() + end(4), "before the plan");
}

TEST(Records, CutOutputIsNotBelieved) {
  const std::string whole = plan() + records() + end(4);
  // Wherever the cut falls, also inside a line or at its end.
  for (std::size_t length = 0; length < whole.size(); ++length) {
    ASSERT_FALSE(read(whole.substr(0, length)).whole) << length;
  }
  EXPECT_TRUE(read(whole).whole);
}

TEST(Records, AForgedMacIsNotBelieved) {
  const probes::FrameKey other = {9};
  std::string forged;
  for (const char* payload :
       {R"({"kind":"plan","version":1,"nonce":"0123456789abcdef0123456789)"
        R"(abcdef","probes":["a/b","c/d"]})",
        R"({"kind":"end","nonce":"0123456789abcdef0123456789abcdef",)"
        R"("records":4})"}) {
    forged += probes::frame(other, payload);
  }
  expect_nothing(forged, "no plan");
  EXPECT_NE(read(forged).complaints.back().find("2 forged"), std::string::npos);
}

TEST(Records, AnyFlippedByteIsNotBelieved) {
  const std::string line = plan();
  for (std::size_t at = 0; at + 1 < line.size(); ++at) {
    std::string damaged = line;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    ASSERT_FALSE(read(damaged + records() + end(4)).whole) << at;
  }
}

TEST(Records, AReplayedRunIsNotBelieved) {
  const std::string old = "ffffffffffffffffffffffffffffffff";
  expect_nothing(
      plan(old) + record("a/b", "attempt", "refused", old) + end(1, old),
      "replayed");
  expect_nothing(
      plan() + record("a/b", "attempt", "refused", old) + records() + end(4),
      "replayed");
}

TEST(Records, TheSameRecordTwiceIsNotBelieved) {
  expect_nothing(plan() + records() + record("a/b", "attempt") + end(5),
                 "two records");
}

TEST(Records, AnotherPlanIsNotBelieved) {
  expect_nothing(
      plan(kNonce, probes::kFrameVersion, R"("a/b")") + records() + end(4),
      "not what was asked");
  expect_nothing(
      plan(kNonce, probes::kFrameVersion, R"("a/b","c/d","e/f")") + end(0),
      "not what was asked");
  expect_nothing(plan() + plan() + records() + end(4), "two plans");
}

TEST(Records, AnotherVersionIsNotBelieved) {
  for (const int other : {1, probes::kFrameVersion + 1}) {
    expect_nothing(plan(kNonce, other) + records() + end(4), "another version");
  }
}

/// A record that says it was not tried for want of a fact.
std::string for_want(const std::string& outcome) {
  return framed(R"({"kind":"record","nonce":")" + kNonce +
                R"(","probe":"a/b","half":"attempt","outcome":")" + outcome +
                R"(","errno":0,"signal":0,"evidence":"any words",)"
                R"("missing_fact":"pids.max"})");
}

TEST(Records, TheFactThatIsMissedIsReadFromItsOwnField) {
  const Transcript transcript = read(
      plan() + record("a/b", "witness", "reached") + for_want("broken") +
      record("c/d", "witness", "reached") + record("c/d", "attempt") + end(4));
  ASSERT_TRUE(transcript.whole);
  EXPECT_EQ(transcript.halves.at("a/b").attempt->missing_fact, "pids.max");
  EXPECT_EQ(transcript.halves.at("c/d").attempt->missing_fact, "");
}

TEST(Records, WhatWasTriedMissesNoFact) {
  expect_nothing(plan() + for_want("refused") + end(1), "misses a fact");
}

TEST(Records, AMissingRecordIsNotBelieved) {
  expect_nothing(plan() + record("a/b", "attempt") + end(1), "count");
  expect_nothing(plan() + record("a/b", "attempt") + end(4), "count");
}

TEST(Records, AStrangersRecordIsNotBelieved) {
  expect_nothing(plan() + record("x/y", "attempt") + end(1), "not asked");
}

TEST(Records, AMalformedRecordIsNotBelieved) {
  expect_nothing(plan() + record("a/b", "third") + end(1), "malformed");
  expect_nothing(plan() + record("a/b", "attempt", "passed") + end(1),
                 "malformed");
  expect_nothing(framed(R"({"kind":7,"nonce":")" + kNonce + "\"}"),
                 "wrong type");
  expect_nothing(
      plan() + framed(R"({"kind":"hello","nonce":")" + kNonce + "\"}"),
      "unknown kind");
}

TEST(Records, ANumberThatIsNoneOrDoesNotFitIsNotBelieved) {
  // 4294967297 would be 1 if it were cut to 32 bits.
  for (const char* number : {"1.6e36", "1.5", "4294967297", "-4294967295",
                             "\"1\"", "null", "18446744073709551615"}) {
    SCOPED_TRACE(number);
    expect_nothing(
        plan() +
            framed(R"({"kind":"record","nonce":")" + kNonce +
                   R"(","probe":"a/b","half":"attempt","outcome":"refused",)"
                   R"("evidence":"seen","errno":)" +
                   number + "}") +
            end(1),
        "malformed");
    expect_nothing(plan() + records() +
                       framed(R"({"kind":"end","nonce":")" + kNonce +
                              R"(","records":)" + number + "}"),
                   "count");
  }
}

TEST(Records, NothingComesAfterTheEnd) {
  expect_nothing(plan() + records() + end(4) + record("a/b", "attempt"),
                 "after the end");
}

}  // namespace
}  // namespace bulkhead::verify::records_test
