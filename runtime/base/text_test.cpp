#include "runtime/base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bulkhead {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Split, KeepsEmptyPartsButNoneAfterTheLastSeparator) {
  EXPECT_THAT(split("a:b", ':'), ElementsAre("a", "b"));
  EXPECT_THAT(split(":a::b:", ':'), ElementsAre("", "a", "", "b"));
  EXPECT_THAT(split(":", ':'), ElementsAre(""));
  EXPECT_THAT(split("", ':'), IsEmpty());
}

TEST(WordsOf, AreWhatStandsBetweenBlanks) {
  EXPECT_THAT(words_of(" a\tbc \n\nd\n"), ElementsAre("a", "bc", "d"));
  EXPECT_THAT(words_of("a"), ElementsAre("a"));
  EXPECT_THAT(words_of(" \n"), IsEmpty());
}

TEST(NumberIn, IsTheWholeTextOrNone) {
  EXPECT_EQ(number_in<int>("42"), 42);
  EXPECT_EQ(number_in<int>("-1"), -1);
  for (const char* other : {"", "4 ", " 4", "0x4", "4.0", "x", "99999999999"}) {
    EXPECT_EQ(number_in<int>(other), std::nullopt) << other;
  }
}

}  // namespace
}  // namespace bulkhead
