#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <set>
#include <string>
#include <type_traits>

#include "runtime/base/boundary.h"
#include "runtime/base/fd.h"
#include "runtime/base/result.h"

namespace bulkhead {
namespace {

int open_null() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool is_open(int number) { return fcntl(number, F_GETFD) >= 0; }

TEST(Fd, ClosesWhatItOwns) {
  int number = -1;
  {
    const Fd fd(open_null());
    ASSERT_TRUE(fd);
    number = fd.get();
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
  EXPECT_EQ(errno, EBADF);
}

TEST(Fd, MoveLeavesTheSourceEmpty) {
  Fd source(open_null());
  const int number = source.get();
  const Fd target(std::move(source));
  EXPECT_FALSE(source);  // NOLINT(bugprone-use-after-move): what is tested
  EXPECT_EQ(target.get(), number);
  EXPECT_TRUE(is_open(number));
}

TEST(Fd, AssignmentClosesWhatWasThere) {
  Fd target(open_null());
  const int old = target.get();
  Fd source(open_null());
  const int number = source.get();
  target = std::move(source);
  EXPECT_FALSE(is_open(old));
  EXPECT_EQ(target.get(), number);
  Fd& same = target;
  target = std::move(same);
  EXPECT_TRUE(is_open(number));
}

TEST(Fd, ReleaseGivesUpWithoutClosing) {
  Fd fd(open_null());
  const int number = fd.release();
  EXPECT_FALSE(fd);
  EXPECT_TRUE(is_open(number));
  close(number);
}

TEST(Fd, ResetIsHarmlessTwice) {
  Fd fd(open_null());
  fd.reset();
  fd.reset();
  EXPECT_FALSE(fd);
  EXPECT_FALSE(Fd());
  static_assert(!std::is_copy_constructible_v<Fd>);
  static_assert(!std::is_copy_assignable_v<Fd>);
}

TEST(Error, SaysWhatWhyAndWhatWouldHelp) {
  EXPECT_EQ(fail("open /x", ENOENT, "create it").value().message(),
            "open /x: No such file or directory (2); create it");
  EXPECT_EQ(fail("a").value().message(), "a");
  EXPECT_EQ(fail("a", 0, "b").value().message(), "a; b");
  EXPECT_EQ(fail("a", 99999).value().message(), "a: unknown error (99999)");
}

TEST(Error, GrowsOutwardsAndKeepsTheRest) {
  const Error inner =
      fail("move_mount /proc", EPERM, "be root", ErrorKind::kNotFound).value();
  const Error outer = within("start", within("mountns", inner).value()).value();
  EXPECT_EQ(outer.message(),
            "start: mountns: move_mount /proc: Operation not permitted (1); be "
            "root");
  EXPECT_EQ(outer.kind, ErrorKind::kNotFound);
  EXPECT_EQ(outer.errno_value, EPERM);
}

TEST(Error, BecomesAnyResult) {
  const Result<int> number = fail("x", EIO);
  const Status status = fail("y", 0, {}, ErrorKind::kUsage);
  EXPECT_FALSE(number);
  EXPECT_EQ(number.error().errno_value, EIO);
  EXPECT_EQ(status.error().kind, ErrorKind::kUsage);
}

TEST(Boundary, HasOneNameEachAndBack) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kBoundaryNames.size(); ++i) {
    const auto boundary = static_cast<Boundary>(i);
    EXPECT_TRUE(names.insert(name_of(boundary)).second);
    EXPECT_EQ(boundary_named(name_of(boundary)), boundary);
  }
  EXPECT_EQ(kBoundaryNames.size(),
            static_cast<std::size_t>(Boundary::kSession) + 1);
  EXPECT_EQ(name_of(Boundary::kPidns), "pidns");
  EXPECT_EQ(name_of(Boundary::kNoNewPrivs), "no_new_privs");
  EXPECT_EQ(name_of(Boundary::kSession), "session");
  EXPECT_FALSE(boundary_named("PIDNS"));
  EXPECT_FALSE(boundary_named(""));
}

}  // namespace
}  // namespace bulkhead
