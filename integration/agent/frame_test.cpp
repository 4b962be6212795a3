#include "integration/agent/frame.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace bulkhead::agent {
namespace {

using namespace std::string_literals;

TEST(Parser, ReturnsWhatWasEncoded) {
  Parser parser;
  parser.feed(encode(Type::kPing, "a\0b"s) + encode(Type::kEnd, ""));
  const auto first = parser.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->type, Type::kPing);
  EXPECT_EQ(first->payload, "a\0b"s);
  const auto second = parser.next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->type, Type::kEnd);
  EXPECT_EQ(second->payload, "");
  EXPECT_FALSE(parser.next());
  EXPECT_EQ(parser.error(), "");
}

TEST(Parser, LaysTheHeaderOutAsTheHostWritesIt) {
  EXPECT_EQ(encode(Type::kReady, "xyz"), "bha1\x10\0\0\0\3\0\0\0xyz"s);
}

TEST(Parser, WaitsForAFrameThatIsCutAnywhere) {
  const std::string whole = encode(Type::kRun, "payload");
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    Parser parser;
    parser.feed(whole.substr(0, cut));
    EXPECT_FALSE(parser.next()) << cut;
    EXPECT_EQ(parser.error(), "") << cut;
    parser.feed(whole.substr(cut));
    const auto frame = parser.next();
    ASSERT_TRUE(frame) << cut;
    EXPECT_EQ(frame->payload, "payload") << cut;
  }
}

TEST(Parser, TakesTheBytesOneByOne) {
  Parser parser;
  std::vector<std::string> seen;
  for (const char byte :
       encode(Type::kData, "one") + encode(Type::kData, "two")) {
    parser.feed({&byte, 1});
    while (const auto frame = parser.next()) seen.push_back(frame->payload);
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"one", "two"}));
}

TEST(Parser, TakesTheLongestPayload) {
  Parser parser;
  parser.feed(encode(Type::kData, std::string(kMostPayloadBytes, 'x')));
  const auto frame = parser.next();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->payload.size(), kMostPayloadBytes);
}

TEST(Parser, RefusesAnOversizedFrameFromItsHeaderAlone) {
  Parser parser;
  const std::string whole =
      encode(Type::kData, std::string(kMostPayloadBytes + 1, 'x'));
  parser.feed(whole.substr(0, kHeaderBytes));
  EXPECT_FALSE(parser.next());
  EXPECT_EQ(parser.error(),
            "a frame of 1048577 bytes, at most 1048576 are allowed");
}

TEST(Parser, RefusesGarbageAtItsFirstByte) {
  for (const std::string& garbage : {"x"s, "bhb"s, "\0\0"s}) {
    Parser parser;
    parser.feed(garbage);
    EXPECT_FALSE(parser.next());
    EXPECT_EQ(parser.error(), "garbage where a frame should begin") << garbage;
  }
}

TEST(Parser, ReturnsWhatCameBeforeTheGarbageAndNothingAfter) {
  Parser parser;
  parser.feed(encode(Type::kPing, "good") + "garbage");
  ASSERT_TRUE(parser.next());
  EXPECT_FALSE(parser.next());
  EXPECT_NE(parser.error(), "");
  parser.feed(encode(Type::kPing, "late"));
  EXPECT_FALSE(parser.next());
}

TEST(Fields, AreWhatTheyWereBeforeTheyWereJoined) {
  const std::vector<std::string> fields = {"", "a", "b\0c"s, ""};
  EXPECT_EQ(split_fields(join_fields(fields)), fields);
  EXPECT_EQ(split_fields(""), std::vector<std::string>{});
}

TEST(Fields, ThatAreCutAreRefused) {
  const std::string whole = join_fields({"first", "second"});
  const std::size_t boundary = 4 + 5;
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    EXPECT_EQ(split_fields(whole.substr(0, cut)).has_value(), cut == boundary)
        << cut;
  }
}

TEST(Number, IsDecimalAndNothingElse) {
  EXPECT_EQ(number("1500"), 1500U);
  for (const std::string_view bad :
       {"", "-1", "1s", "0x1", " 1", "18446744073709551616"}) {
    EXPECT_EQ(number(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace bulkhead::agent
