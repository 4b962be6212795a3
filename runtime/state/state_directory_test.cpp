#include "runtime/state/state_directory.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>

#include <cerrno>

#include "runtime/state/state_test_fixture.h"

namespace bulkhead {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StateDirectoryTest : public StateTest {};

TEST_F(StateDirectoryTest, IsMadeForItsUserAlone) {
  const Result<StateDirectory> state = StateDirectory::open_locked();
  ASSERT_TRUE(state) << state.error().message();
  struct stat info {};
  ASSERT_EQ(0, stat(directory_.c_str(), &info));
  EXPECT_EQ(0700U, info.st_mode & 07777);
  EXPECT_THAT(*state->names(), IsEmpty());
}

TEST_F(StateDirectoryTest, IsNotMadeToBeLookedAt) {
  const auto state = StateDirectory::find_locked();
  ASSERT_TRUE(state) << state.error().message();
  EXPECT_FALSE(state->has_value());
  EXPECT_FALSE(there(directory_));
}

TEST_F(StateDirectoryTest, OneThatOthersMayEnterIsRefused) {
  ASSERT_TRUE(StateDirectory::open_locked());
  ASSERT_EQ(0, chmod(directory_.c_str(), 0710));
  const Result<StateDirectory> state = StateDirectory::open_locked();
  ASSERT_FALSE(state);
  EXPECT_THAT(state.error().message(), HasSubstr("0700"));
}

TEST_F(StateDirectoryTest, ALinkInItsPlaceIsRefused) {
  std::filesystem::create_directories(scratch_ + "/run");
  std::filesystem::create_directory_symlink("/tmp", directory_);
  EXPECT_FALSE(StateDirectory::open_locked());
}

TEST_F(StateDirectoryTest, ARelativePlaceIsRefused) {
  setenv("BULKHEAD_STATE_DIR", "state", 1);
  const Result<std::string> path = state_directory_path();
  ASSERT_FALSE(path);
  EXPECT_THAT(path.error().message(), HasSubstr("BULKHEAD_STATE_DIR=state"));
}

TEST_F(StateDirectoryTest, SaysWhoHoldsItTooLong) {
  ASSERT_TRUE(StateDirectory::open_locked());
  const Fd other(open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ASSERT_EQ(0, flock(other.get(), LOCK_EX));
  const Result<StateDirectory> state = StateDirectory::open_locked();
  ASSERT_FALSE(state);
  EXPECT_EQ(EWOULDBLOCK, state.error().errno_value);
}

TEST_F(StateDirectoryTest, ARecordIsCompleteAndLocked) {
  const Result<StateDirectory> state = StateDirectory::open_locked();
  ASSERT_TRUE(state);
  const Result<Fd> record = state->write_record("name", "text");
  ASSERT_TRUE(record) << record.error().message();
  EXPECT_THAT(*state->names(), ElementsAre("name"));
  EXPECT_EQ("text", *read_file(directory_ + "/name"));
  const Fd again(open((directory_ + "/name").c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_NE(0, flock(again.get(), LOCK_EX | LOCK_NB));
}

}  // namespace
}  // namespace bulkhead
