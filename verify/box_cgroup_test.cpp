#include "verify/box_cgroup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bulkhead::verify::box_cgroup_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

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

TEST(BoxCgroup, WhatCannotBeMadeIsNoted) {
  BoxCgroups cgroups({{"/nonexistent", false, "memory"}}, "bulkhead-box-test",
                     Intended());
  EXPECT_THAT(cgroups.subtrees(), IsEmpty());
  EXPECT_EQ(cgroups.notes().size(), 1U);
  EXPECT_TRUE(cgroups.remove());
}

}  // namespace
}  // namespace bulkhead::verify::box_cgroup_test
