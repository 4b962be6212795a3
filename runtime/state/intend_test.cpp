#include "runtime/state/intend.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "runtime/state/collect.h"
#include "runtime/state/state_test_fixture.h"

namespace bulkhead {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Each test in a process of its own: a process has one record.
class IntendTest : public StateTest {
 protected:
  template <class Work>
  static int in_child(Work work) {
    const pid_t child = fork();
    if (child == 0) exit(work());  // exit: the record is removed there.
    int status = -1;
    EXPECT_EQ(child, waitpid(child, &status, 0));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  [[nodiscard]] std::vector<std::string> records() const {
    std::vector<std::string> texts;
    if (!there(directory_)) return texts;
    for (const auto& file : std::filesystem::directory_iterator(directory_)) {
      texts.push_back(*read_file(file.path()));
    }
    return texts;
  }
};

TEST_F(IntendTest, StandsOnTheRecordUntilTheEnd) {
  EXPECT_EQ(0, in_child([&] {
              Result<Intended> intended =
                  intend({intent(IntentKind::kTree, "a")});
              const std::vector<std::string> texts = records();
              if (!intended || texts.size() != 1) return 1;
              const Result<Record> record = parse_record(texts.front());
              if (!record || record->intents.size() != 1) return 2;
              if (record->intents.front() != intent(IntentKind::kTree, "a"))
                return 3;
              intended->settle();
              return 0;
            }));
  EXPECT_THAT(records(), IsEmpty());
}

TEST_F(IntendTest, WhatIsNotSettledStaysBehind) {
  EXPECT_EQ(0, in_child([&] {
              return intend({intent(IntentKind::kTree, "a")}) ? 0 : 1;
            }));
  EXPECT_THAT(records(), SizeIs(1));
}

TEST_F(IntendTest, TheSameAgainIsNotWrittenAgain) {
  EXPECT_EQ(0, in_child([&] {
              for (int i = 0; i < 5; ++i) {
                Result<Intended> one = intend({intent(IntentKind::kTree, "a")});
                if (!one) return 1;
                one->settle();
              }
              return parse_record(records().front())->intents.size() == 1 ? 0
                                                                          : 2;
            }));
}

TEST_F(IntendTest, ARecordDoesNotGrowWithoutEnd) {
  EXPECT_EQ(0, in_child([&] {
              const Result<Intended> kept =
                  intend({intent(IntentKind::kTree, "kept")});
              for (int i = 0; i < 1000; ++i) {
                const std::string name = "a" + std::to_string(i);
                Result<Intended> one =
                    intend({intent(IntentKind::kTree, name)});
                if (!one) return 1;
                one->settle();
              }
              const Result<Record> record = parse_record(records().front());
              if (record->intents.size() > 200) return 2;
              const Intent first = intent(IntentKind::kTree, "kept");
              for (const Intent& one : record->intents) {
                if (one == first) return 0;
              }
              return 3;
            }));
}

TEST_F(IntendTest, AForkedProcessHasARecordOfItsOwn) {
  EXPECT_EQ(0, in_child([&] {
              const Result<Intended> own =
                  intend({intent(IntentKind::kTree, "a")});
              const int status = in_child([&] {
                const Result<Intended> child =
                    intend({intent(IntentKind::kTree, "b")});
                return child && records().size() == 2 ? 0 : 1;
              });
              return status == 0 && records().size() == 2 ? 0 : 2;
            }));
}

TEST_F(IntendTest, AForkedProcessThatMakesNothingLeavesTheRecordAlone) {
  EXPECT_EQ(
      0, in_child([&] {
        Result<Intended> own = intend({intent(IntentKind::kTree, "a")});
        if (!own) return 1;
        own->settle();
        return in_child([] { return 0; }) == 0 && records().size() == 1 ? 0 : 2;
      }));
}

TEST_F(IntendTest, WithoutADescriptorNothingIsIntended) {
  EXPECT_EQ(0, in_child([&] {
              rlimit before{};
              if (getrlimit(RLIMIT_NOFILE, &before) != 0) return 1;
              const rlimit none = {3, before.rlim_max};
              if (setrlimit(RLIMIT_NOFILE, &none) != 0) return 1;
              const Result<Intended> intended =
                  intend({intent(IntentKind::kTree, "a")});
              // UBSan's look at a vtable takes a pipe: exit needs some again.
              if (setrlimit(RLIMIT_NOFILE, &before) != 0) return 3;
              return !intended && intended.error().errno_value == EMFILE ? 0
                                                                         : 2;
            }));
  EXPECT_THAT(records(), IsEmpty());
}

TEST_F(IntendTest, AFullFileSystemIsAnErrorAndLeavesNothing) {
  EXPECT_EQ(0, in_child([&] {
              Result<Intended> first = intend({intent(IntentKind::kTree, "a")});
              if (!first) return 1;
              const std::string before = records().front();
              signal(SIGXFSZ, SIG_IGN);
              const rlimit little = {before.size() + 10, before.size() + 10};
              if (setrlimit(RLIMIT_FSIZE, &little) != 0) return 2;
              if (intend({intent(IntentKind::kTree, "b")})) return 3;
              return records().front() == before ? 0 : 4;
            }));
}

}  // namespace
}  // namespace bulkhead
