#include "probes/support/bystander.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "probes/support/canary.h"
#include "probes/support/write.h"

namespace bulkhead::probes {
namespace {

/// Both halves of a probe "x/y" whose bound directory is a new one in /tmp.
class Bystander : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/bystander.XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
    std::filesystem::create_directories(directory_ + "/fixtures/sockets");
    // A subject that stays on the caller's root sees the rootfs where it is.
    facts_ = {{"nonce", "0123456789abcdef0123456789abcdef"},
              {"root", directory_},
              {"rootfs", directory_},
              {"bind.source", directory_},
              {"bind.destination", "/nowhere"}};
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  Facts facts_;
  std::string directory_;
};

TEST_F(Bystander, AnswersWhoeverAsksAndKnowsWhoItIs) {
  Outside outside(facts_, "x/y", directory_ + "/x.y");
  ASSERT_TRUE(start_bystander(
      outside, [](const ucred& caller, const std::string& question) {
        return question + std::to_string(caller.pid);
      }));
  const Inside inside(facts_, "x/y");
  const auto first = ask_bystander(inside, "you are ");
  const auto second = ask_bystander(inside);
  stop_bystander(outside);
  EXPECT_EQ(first, "you are " + std::to_string(getpid()));
  EXPECT_EQ(second, std::to_string(getpid()));
}

TEST_F(Bystander, LendsTheFileThatItWasGiven) {
  const auto lend = [](const ucred&, const std::string&) {
    return std::string();
  };
  Outside outside(facts_, "x/y", directory_ + "/x.y");
  const int none = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  const int file = memfd_create("lent", MFD_CLOEXEC);
  ASSERT_EQ(write(file, "text", 4), 4);
  ASSERT_TRUE(start_bystander(outside, lend, file));
  const Inside inside(facts_, "x/y");
  const int borrowed = borrow_from_bystander(inside);
  stop_bystander(outside);
  char text[8] = {};
  EXPECT_EQ(pread(borrowed, text, sizeof text, 0), 4);
  EXPECT_STREQ(text, "text");
  for (const int fd : {borrowed, file, none}) EXPECT_EQ(close(fd), 0);

  ASSERT_TRUE(start_bystander(outside, lend));
  EXPECT_EQ(borrow_from_bystander(inside), -1);
  EXPECT_EQ(errno, ENODATA);
  stop_bystander(outside);
}

TEST_F(Bystander, IsGoneWithItsSocketWhenItIsStopped) {
  Outside outside(facts_, "x/y", directory_ + "/x.y");
  ASSERT_TRUE(start_bystander(outside, [](const ucred&, const std::string&) {
    return std::string("here");
  }));
  stop_bystander(outside);
  EXPECT_FALSE(ask_bystander(Inside(facts_, "x/y")));
  EXPECT_EQ(errno, ENOENT);
  EXPECT_TRUE(std::filesystem::is_empty(directory_ + "/fixtures/sockets"));
}

TEST_F(Bystander, CannotStandWhereThereIsNoRootfs) {
  facts_.erase("rootfs");
  Outside outside(facts_, "x/y", directory_ + "/x.y");
  EXPECT_FALSE(start_bystander(
      outside, [](const ucred&, const std::string&) { return std::string(); }));
}

TEST_F(Bystander, TheBoundDirectoryIsItsSourceOnTheHostsRoot) {
  EXPECT_EQ(bound_directory(Inside(facts_, "x/y")), directory_);
  facts_["root"] = "";
  EXPECT_EQ(bound_directory(Inside(facts_, "x/y")), "/nowhere");
}

TEST_F(Bystander, WritingIsSeenWhereItWorksAndLeavesNothing) {
  Outside outside(facts_, "x/y", directory_);
  ASSERT_TRUE(plant_file(outside, "plain", 0644));
  const Inside inside(facts_, "x/y");
  EXPECT_EQ(write_below(inside, directory_).outcome, Outcome::kReached);
  const Observation none = write_below(inside, directory_ + "/none");
  EXPECT_EQ(none.outcome, Outcome::kRefused);
  EXPECT_EQ(none.error, ENOENT);
  remove_file(outside);
  std::filesystem::remove(directory_ + "/fixtures/sockets");
  std::filesystem::remove(directory_ + "/fixtures");
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
}

}  // namespace
}  // namespace bulkhead::probes
