#include "verify/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bulkhead::verify::words_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Words, SplitsWithoutAShell) {
  EXPECT_THAT(*split_words("a  b\tc"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(*split_words(R"(sh -c 'a b; $x' "c \" d" e\ f '')"),
              ElementsAre("sh", "-c", "a b; $x", "c \" d", "e f", ""));
  EXPECT_THAT(*split_words("$HOME *"), ElementsAre("$HOME", "*"));
  EXPECT_THAT(*split_words("  "), IsEmpty());
}

TEST(Words, AnOpenQuoteIsAUsageError) {
  const auto words = split_words("a 'b");
  ASSERT_FALSE(words);
  EXPECT_EQ(words.error().kind, ErrorKind::kUsage);
}

TEST(Words, QuotedWordsSurviveSplitting) {
  for (const char* word : {"plain/x-1", "a b", "it's", "", "$x`y`"}) {
    EXPECT_THAT(*split_words(shell_quoted(word)), ElementsAre(word));
  }
}

TEST(Words, GlobsCrossTheSlash) {
  EXPECT_TRUE(matches_glob("*", "pidns/x"));
  EXPECT_TRUE(matches_glob("pidns/*", "pidns/x"));
  EXPECT_FALSE(matches_glob("pidns", "pidns/x"));
}

TEST(Words, LastWordsAreOneLine) {
  EXPECT_EQ(last_words("a\n  b\x1b\n"), "a b");
  EXPECT_EQ(last_words("abcdef", 3), "def");
}

}  // namespace
}  // namespace bulkhead::verify::words_test
