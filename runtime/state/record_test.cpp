#include "runtime/state/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bulkhead {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Supervisor kSomebody{17, 123456, 4026531836, "abc-def"};

Intent intent(IntentKind kind, const std::string& path,
              const std::string& controllers = {}) {
  return {kind, "/sys/fs/cgroup", 28, 1, path, controllers};
}

std::string record_of(const std::vector<Intent>& intents) {
  std::string text = record_head(kSomebody);
  for (const Intent& one : intents) text += record_line(one).value();
  return text;
}

TEST(Record, SaysWhatWasIntended) {
  const std::vector<Intent> intents = {
      intent(IntentKind::kTree, "a b/c"), intent(IntentKind::kNumbered, "d"),
      intent(IntentKind::kParent, "a b"),
      intent(IntentKind::kControllers, "", "memory pids")};
  const Result<Record> record = parse_record(record_of(intents));
  ASSERT_TRUE(record) << record.error().message();
  EXPECT_EQ(kSomebody, record->supervisor);
  EXPECT_EQ(intents, record->intents);
}

TEST(Record, ALineThatWasCutShortWasNotMade) {
  const std::string text = record_of({intent(IntentKind::kTree, "a")});
  for (std::size_t end = record_head(kSomebody).size(); end < text.size();
       ++end) {
    const Result<Record> record = parse_record(text.substr(0, end));
    ASSERT_TRUE(record) << end;
    EXPECT_THAT(record->intents, IsEmpty()) << end;
  }
  EXPECT_THAT(parse_record(text)->intents,
              ElementsAre(intent(IntentKind::kTree, "a")));
}

TEST(Record, TakesNothingThatCouldNotBeReadAgain) {
  for (const Intent& one :
       {intent(IntentKind::kControllers, ""), intent(IntentKind::kTree, ""),
        intent(IntentKind::kTree, "/a"), intent(IntentKind::kParent, "a/../b"),
        Intent{IntentKind::kTree, "here", 28, 1, "a", {}}}) {
    const Result<std::string> line = record_line(one);
    ASSERT_FALSE(line) << *line;
    EXPECT_THAT(line.error().message(), HasSubstr("the record takes no"));
  }
}

TEST(Record, RefusesWhatIsNoRecord) {
  const std::string head = record_head(kSomebody);
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("bulkhead.record/2\nx\n"),
        head.substr(0, head.find('\n') + 1), head + "tree\t28:1\t/root\t\n",
        head + "tree\t28:1\t/root\t../up\n", head + "tree\t28:1\t/root\t/a\n",
        head + "tree\t28:1\t/root\ta//b\n", head + "tree\t28\t/root\ta\n",
        head + "tree\t28:1\troot\ta\n", head + "twig\t28:1\t/root\ta\n",
        head + "tree\t28:1\t/root\ta\tmemory\n",
        head + "controllers\t28:1\t/root\ta\n",
        std::string("bulkhead.record/1\nsupervisor\t0\t1\t1\tb\n")}) {
    EXPECT_FALSE(parse_record(text)) << text;
  }
}

TEST(Record, SaysWhichLineIsWrong) {
  const Result<Record> record =
      parse_record(record_of({intent(IntentKind::kTree, "a")}) + "odd\n");
  ASSERT_FALSE(record);
  EXPECT_THAT(record.error().what, HasSubstr("line 4"));
}

TEST(Record, ANameThatWouldBreakALineIsRefused) {
  for (const char* path : {"a\nb", "a\tb"}) {
    const Result<std::string> line =
        record_line(intent(IntentKind::kTree, path));
    ASSERT_FALSE(line);
    EXPECT_EQ(ErrorKind::kUsage, line.error().kind);
  }
}

TEST(Record, NumberedNamesEndInDigitsOnly) {
  const Intent numbered = intent(IntentKind::kNumbered, "above/name");
  for (const char* name : {"name-1", "name-0042"}) {
    EXPECT_TRUE(is_numbered(numbered, name)) << name;
  }
  for (const char* name : {"name", "name-", "name-1a", "name--1", "name-1-1",
                           "other-1", "name1", "above/name-1"}) {
    EXPECT_FALSE(is_numbered(numbered, name)) << name;
  }
  EXPECT_FALSE(is_numbered(intent(IntentKind::kTree, "name"), "name-1"));
}

}  // namespace
}  // namespace bulkhead
