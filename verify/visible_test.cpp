#include "verify/visible.h"

#include <gtest/gtest.h>

namespace bulkhead::verify::visible_test {
namespace {

TEST(Visible, LeavesPlainTextAlone) {
  EXPECT_EQ(visible(""), "");
  EXPECT_EQ(visible("open \"/proc\": ✓ 10 µs \\ 𝄞"),
            "open \"/proc\": ✓ 10 µs \\ 𝄞");
}

TEST(Visible, ShowsWhatWouldAct) {
  EXPECT_EQ(visible("a\nb\r\tc"), "a\\nb\\r\\tc");
  EXPECT_EQ(visible("\033[2J"), "\\x1b[2J");
  EXPECT_EQ(visible(std::string(1, '\0')), "\\x00");
  EXPECT_EQ(visible("\x7f"), "\\x7f");
  EXPECT_EQ(visible("\u0085"), "\\u0085");        // a C1 control
  EXPECT_EQ(visible("\u202etxt"), "\\u202etxt");  // right-to-left override
  EXPECT_EQ(visible("\u2028"), "\\u2028");        // a line separator
  EXPECT_EQ(visible("\xef\xbf\xbf"), "\\uffff");  // no character of XML
}

TEST(Visible, ShowsBytesThatAreNoUtf8) {
  EXPECT_EQ(visible("a\xff"), "a\\xff");
  EXPECT_EQ(visible("\xc0\xaf"), "\\xc0\\xaf");           // overlong '/'
  EXPECT_EQ(visible("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");  // overlong again
  EXPECT_EQ(visible("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(visible("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(visible("\xe2\x9c"), "\\xe2\\x9c");  // cut short
  EXPECT_EQ(visible("\xe2✓"), "\\xe2✓");
}

TEST(Visible, CutsBetweenCharactersAndSaysSo) {
  EXPECT_EQ(visible("abcdef", 6), "abcdef");
  EXPECT_EQ(visible("abcdef", 4), "abcd… (2 more bytes)");
  EXPECT_EQ(visible("a✓b", 3), "a… (4 more bytes)");
  EXPECT_EQ(visible("ab\n", 3), "ab… (1 more bytes)");
  EXPECT_LT(visible(std::string(100'000, 'x')).size(), kMostVisibleBytes + 40);
}

}  // namespace
}  // namespace bulkhead::verify::visible_test
