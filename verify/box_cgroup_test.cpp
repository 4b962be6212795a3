#include "verify/box_cgroup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "runtime/base/file.h"
#include "runtime/state/record.h"

namespace bulkhead::verify::box_cgroup_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// The text of the one file in `directory` that is none of a hierarchy.
std::string only_record_of(const std::string& directory) {
  std::string text;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.is_regular_file()) text += read_file(entry.path()).value();
  }
  return text;
}

TEST(BoxCgroup, FindsV1HierarchiesOnceByTheirControllers) {
  const auto found = find_hierarchies(
      "31 23 0:28 / /sys/fs/cgroup rw shared:4 - tmpfs tmpfs rw,mode=755\n"
      "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:5 - cgroup cgroup "
      "rw,cpu,cpuacct\n"
      "33 31 0:29 / /somewhere/else rw - cgroup cgroup rw,cpu,cpuacct\n"
      "34 31 0:30 / /sys/fs/cgroup/systemd rw - cgroup cgroup "
      "rw,xattr,release_agent=/x,name=systemd\n"
      "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
  EXPECT_THAT(
      found,
      ElementsAre(Hierarchy{"/sys/fs/cgroup/cpu,cpuacct", false, "cpu,cpuacct"},
                  Hierarchy{"/sys/fs/cgroup/systemd", false, "name=systemd"}));
}

TEST(BoxCgroup, FindsCgroup2WhereItIsAlone) {
  EXPECT_THAT(
      find_hierarchies("31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"),
      ElementsAre(Hierarchy{"/sys/fs/cgroup", true, ""}));
  EXPECT_THAT(find_hierarchies("22 27 0:21 / /proc rw - proc proc rw\n"),
              IsEmpty());
}

// In v2 with systemd, or beside v1, nothing is left to be handed down.
TEST(BoxCgroup, WhatIsIntendedCanBeCollected) {
  std::string directory = "/tmp/box-cgroup-XXXXXX";
  ASSERT_NE(nullptr, mkdtemp(directory.data()));
  ASSERT_EQ(0, setenv("BULKHEAD_STATE_DIR", directory.c_str(), 1));
  for (const char* own : {"", "memory"}) {
    const std::string root = directory + "/hierarchy" + own;
    std::filesystem::create_directory(root);
    std::ofstream(root + "/cgroup.controllers") << "memory pids\n";
    std::ofstream(root + "/cgroup.subtree_control") << "pids memory\n";
    if (*own != 0) std::ofstream(root + "/cgroup.subtree_control") << "pids\n";
    auto intended = intend_box({{root, true, ""}}, "bulkhead-box-test");
    ASSERT_TRUE(intended) << intended.error().message();
    const std::string text = only_record_of(directory);
    const Result<Record> record = parse_record(text);
    ASSERT_TRUE(record) << record.error().message() << " in " << text;
    EXPECT_EQ(own, record->intents.back().controllers);
    intended->settle();
  }
  unsetenv("BULKHEAD_STATE_DIR");
  std::filesystem::remove_all(directory);
}

TEST(BoxCgroup, WhatCannotBeMadeIsNoted) {
  BoxCgroups cgroups({{"/nonexistent", false, "memory"}}, "bulkhead-box-test",
                     Intended());
  EXPECT_THAT(cgroups.subtrees(), IsEmpty());
  EXPECT_EQ(cgroups.notes().size(), 1U);
  EXPECT_TRUE(cgroups.remove());
}

}  // namespace
}  // namespace bulkhead::verify::box_cgroup_test
