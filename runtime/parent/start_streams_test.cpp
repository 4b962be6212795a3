// A standard stream that is a directory outside refuses the start; one that is
// closed, or anything else, does not.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>

#include "runtime/parent/said_by_child.h"
#include "runtime/parent/test_rootfs.h"

namespace bulkhead {
namespace {

using ::testing::HasSubstr;

class StartStreams : public ContainerTest {
 protected:
  /// What a start says in a process whose streams `arrange` has changed: its
  /// exit status as text, or the error.
  std::string start_with(const std::function<void()>& arrange,
                         bool close_fds = true) {
    Spec spec = spec_for("exit 7");
    spec.session.close_fds = close_fds;
    return start_of(std::move(spec), arrange);
  }

  static std::string start_of(Spec spec, const std::function<void()>& arrange) {
    Result<Plan> plan = make_plan(std::move(spec), host());
    if (!plan) return plan.error().message();
    return said_by_child([&] {
      arrange();
      std::string said;
      const int code = run(*plan, &said);
      return code >= 0 ? std::to_string(code) : said;
    });
  }
};

void put(const char* path, int flags, int number) {
  const int fd = open(path, flags);
  if (dup2(fd, number) < 0) _exit(2);
  if (fd > STDERR_FILENO) close(fd);
}

TEST_F(StartStreams, ADirectoryRefusesTheStartAndIsNamed) {
  for (const int number : {0, 1, 2}) {
    for (const int flags : {O_RDONLY | O_DIRECTORY, O_PATH}) {
      const std::string said = start_with([=] { put("/etc", flags, number); });
      EXPECT_THAT(said, HasSubstr("fds.streams: read-back: descriptor " +
                                  std::to_string(number) +
                                  " is no directory, but the kernel answers "));
      EXPECT_THAT(said, HasSubstr("; give a file, a pipe or /dev/null"));
    }
  }
}

TEST_F(StartStreams, AnythingElseOrNothingIsFine) {
  EXPECT_EQ("7", start_with([] { put("/etc/passwd", O_RDONLY, 0); }));
  EXPECT_EQ("7", start_with([] { put("/dev/null", O_RDWR, 2); }));
  for (const int number : {0, 1, 2}) {
    EXPECT_EQ("7", start_with([=] { close(number); })) << number;
  }
}

TEST_F(StartStreams, NoDescriptorOfTheStartIsTakenForAStream) {
  // The first that it opens are low: a pipe, then the root, a directory.
  Spec spec = spec_for("exit 7");
  spec.resources = {};
  EXPECT_EQ("7", start_of(std::move(spec), [] {
              for (const int number : {0, 1, 2}) close(number);
            }));
}

TEST_F(StartStreams, WhoKeepsDescriptorsKeepsDirectories) {
  EXPECT_EQ("7", start_with([] { put("/etc", O_RDONLY, 0); }, false));
}

}  // namespace
}  // namespace bulkhead
