// A state directory of the test's own, and a cgroup that exists on this host.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/state/record.h"

namespace bulkhead {

class StateTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(nullptr, mkdtemp(scratch_.data()));
    directory_ = scratch_ + "/run/state";
    ASSERT_EQ(0, setenv("BULKHEAD_STATE_DIR", directory_.c_str(), 1));
    root_ = writable_hierarchy();
  }
  void TearDown() override {
    unsetenv("BULKHEAD_STATE_DIR");
    std::filesystem::remove_all(scratch_);
  }

  /// Where a cgroup hierarchy is mounted that this user may change.
  static std::string writable_hierarchy() {
    const Result<std::string> mounts = read_file("/proc/self/mountinfo");
    for (const std::string_view line : split(*mounts, '\n')) {
      const auto words = words_of(line);
      const std::string_view type = words[words.size() - 3];
      const std::string place(words[4]);
      if ((type == "cgroup" || type == "cgroup2") &&
          access(place.c_str(), W_OK) == 0 &&
          line.find("cpuset") == std::string_view::npos) {
        return place;
      }
    }
    return {};
  }

  [[nodiscard]] Intent intent(IntentKind kind, const std::string& path) const {
    struct stat info {};
    EXPECT_EQ(0, stat(root_.c_str(), &info));
    return {kind, root_, info.st_dev, info.st_ino, path, {}};
  }

  [[nodiscard]] std::string cgroup(const std::string& name) const {
    return root_ + "/" + name;
  }
  [[nodiscard]] static bool there(const std::string& path) {
    return access(path.c_str(), F_OK) == 0;
  }

  std::string scratch_ = "/tmp/bulkhead-state-XXXXXX";
  std::string directory_;
  std::string root_;
};

}  // namespace bulkhead
