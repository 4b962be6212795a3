#include "verify/syscall_inside.h"

#include <gtest/gtest.h>

#include <csignal>

namespace bulkhead::verify::syscall_inside_test {
namespace {

const probes::FrameKey kKey = {1, 2, 3};
const std::string kNonce = "0123456789abcdef0123456789abcdef";

std::string framed(const std::string& kind, const std::string& more,
                   const std::string& nonce = kNonce) {
  return probes::frame(kKey, R"({"kind":")" + kind + R"(","nonce":")" + nonce +
                                 R"(",)" + more + "}");
}
std::string plan() {
  return framed("plan",
                R"("version":2,"probes":["syscalls"],"pid":7,"numbers":2)");
}
std::string sweep(const std::string& entry,
                  const std::string& calls =
                      R"([0,"returned",9,1,2,3,4,5,18446744073709551615],)"
                      R"([1,"killed",31,0,0,0,0,0,0])") {
  return framed("sweep", R"("entry":")" + entry +
                             R"(","absent":false,"calls":[)" + calls + "]");
}
std::string absent(const std::string& entry) {
  return framed("sweep",
                R"("entry":")" + entry + R"(","absent":true,"calls":[])");
}
std::string end(int records = 3) {
  return framed("end",
                R"("records":)" + std::to_string(records) + R"(,"held":true)");
}
std::string whole() {
  return plan() + sweep("x86_64") + absent("i386") + sweep("x32") + end();
}

void expect_disbelief(const std::string& output, const std::string& why) {
  const auto read = read_sweep(output, kKey, kNonce);
  ASSERT_FALSE(read) << why;
  EXPECT_NE(read.error().what.find(why), std::string::npos)
      << read.error().what;
}

TEST(InsideSweep, AWholeTranscriptIsBelieved) {
  const auto read = read_sweep("chatter\n" + whole(), kKey, kNonce);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_TRUE(read->held);
  EXPECT_TRUE(read->entries.at("i386").absent);
  const auto& calls = read->entries.at("x86_64").calls;
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls.at(0).end, CallEnd::kReturned);
  EXPECT_EQ(calls.at(0).value, EBADF);
  EXPECT_EQ(calls.at(0).arguments,
            (Arguments{1, 2, 3, 4, 5, ~std::uint64_t{0}}));
  EXPECT_EQ(calls.at(1).end, CallEnd::kKilled);
  EXPECT_EQ(calls.at(1).value, SIGSYS);
}

TEST(InsideSweep, LessIsNotBelieved) {
  expect_disbelief("", "no plan");
  expect_disbelief(plan() + sweep("x86_64"), "no end");
  expect_disbelief(plan() + sweep("x86_64") + sweep("x32") + end(2), "i386");
  expect_disbelief(plan() + sweep("x86_64", R"([0,"returned",9,0,0,0,0,0,0])"),
                   "not every number");
  expect_disbelief(plan() + sweep("x86_64", R"([0,"returned",9,0,0,0,0,0,0],)"
                                            R"([7,"returned",9,0,0,0,0,0,0])"),
                   "not every number");
  expect_disbelief(
      plan() + sweep("x86_64") + sweep("i386") + sweep("x32") + end(4),
      "count");
}

TEST(InsideSweep, MoreIsNotBelieved) {
  expect_disbelief(whole() + end(), "out of order");
  expect_disbelief(plan() + whole(), "out of order");
  expect_disbelief(plan() + sweep("x32") + sweep("x32"), "twice");
  expect_disbelief(plan() + sweep("x86_64", R"([0,"returned",9,0,0,0,0,0,0],)"
                                            R"([0,"returned",9,0,0,0,0,0,0])"),
                   "twice");
  expect_disbelief(plan() + framed("record", R"("a":1)"), "unknown kind");
}

TEST(InsideSweep, OtherRunsAndWrongTypesAreNotBelieved) {
  expect_disbelief(framed("plan", R"("version":2)", "another"), "another run");
  expect_disbelief(plan() + sweep("x86_64", R"([0,"returned"])"), "wrong type");
  expect_disbelief(plan() + sweep("x86_64", R"([0,"guessed",9,0,0,0,0,0,0])"),
                   "guessed");
}

TEST(InsideSweep, AForgedFrameSpoilsAll) {
  std::string forged = end();
  forged[7] = forged[7] == '0' ? '1' : '0';
  expect_disbelief(forged + whole(), "forged");
}

TEST(InsideSweep, ThePlanTellsThePidAtOnce) {
  EXPECT_EQ(announced_pid("", kKey, kNonce), std::nullopt);
  EXPECT_EQ(announced_pid(plan(), kKey, kNonce), 7);
  EXPECT_EQ(announced_pid(plan(), kKey, "another"), std::nullopt);
  EXPECT_EQ(announced_pid(plan(), probes::FrameKey{9}, kNonce), std::nullopt);
}

TEST(InsideSweep, SaysHowACallEnded) {
  EXPECT_EQ(words_of({.end = CallEnd::kReturned, .value = 0, .arguments = {}}),
            "success");
  EXPECT_EQ(
      words_of({.end = CallEnd::kReturned, .value = EBADF, .arguments = {}}),
      "EBADF");
  EXPECT_EQ(
      words_of({.end = CallEnd::kKilled, .value = SIGSYS, .arguments = {}}),
      "SIGSYS");
  EXPECT_EQ(words_of({.end = CallEnd::kNotTried, .value = 0, .arguments = {}}),
            "not tried");
}

}  // namespace
}  // namespace bulkhead::verify::syscall_inside_test
