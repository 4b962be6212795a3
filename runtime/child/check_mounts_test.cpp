#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "runtime/base/fd.h"
#include "runtime/child/child.h"

namespace bulkhead::child {
namespace {

/// A mount that must be read-only, nosuid, nodev and noexec.
ExpectedMount strict(const char* destination, const char* type) {
  return {destination, type, true, true, true, true, false, false};
}

ExpectedMount writable(const char* destination, const char* type) {
  return {destination, type, false, true, true, true, false, false};
}

/// The top of a tree that came with mounts of its own.
ExpectedMount tree(const char* destination) {
  return {destination, nullptr, true, true, true, false, true, false};
}

bool matches(const std::vector<ExpectedMount>& mounts,
             const std::string& mountinfo) {
  const Fd file(memfd_create("mountinfo", MFD_CLOEXEC));
  EXPECT_EQ(static_cast<ssize_t>(mountinfo.size()),
            write(file.get(), mountinfo.data(), mountinfo.size()));
  lseek(file.get(), 0, SEEK_SET);
  Call call;
  call.mounts = mounts.data();
  call.mounts_length = static_cast<std::uint32_t>(mounts.size());
  const auto shared = std::make_unique<SharedState>();
  return mount_table_matches(file.get(), call, shared.get());
}

std::string line(const std::string& place, const std::string& options,
                 const std::string& type, const std::string& optional = "",
                 const std::string& own_options = "rw") {
  return "30 20 0:5 / " + place + " " + options + ",relatime " + optional +
         "- " + type + " source " + own_options + "\n";
}

const std::string kAll = "ro,nosuid,nodev,noexec";

TEST(MountTable, HoldsExactlyWhatWasPlanned) {
  EXPECT_TRUE(matches({strict("/sys", "sysfs")}, line("/sys", kAll, "sysfs")));
  EXPECT_FALSE(matches({strict("/sys", "sysfs")}, ""));
  EXPECT_FALSE(matches({}, line("/sys", kAll, "sysfs")));
  EXPECT_FALSE(matches({strict("/sys", "sysfs")}, line("/sys", kAll, "tmpfs")));
}

TEST(MountTable, MissesEveryOptionOfTheFileSystem) {
  ExpectedMount mount = strict("/proc", "proc");
  mount.options = "hidepid=ptraceable,subset=pid";
  for (const char* own : {"rw,hidepid=ptraceable,subset=pid",
                          "rw,subset=pid,hidepid=ptraceable"}) {
    EXPECT_TRUE(matches({mount}, line("/proc", kAll, "proc", "", own))) << own;
  }
  for (const char* own : {"rw", "rw,subset=pid", "rw,hidepid=ptraceable",
                          "rw,hidepid=ptraceable,subset=pids"}) {
    EXPECT_FALSE(matches({mount}, line("/proc", kAll, "proc", "", own))) << own;
  }
}

TEST(MountTable, MissesEveryFlag) {
  for (const char* options :
       {"rw,nosuid,nodev,noexec", "ro,nodev,noexec", "ro,nosuid,noexec",
        "ro,nosuid,nodev", "ro,nosuids,nodev,noexec"}) {
    EXPECT_FALSE(
        matches({strict("/sys", "sysfs")}, line("/sys", options, "sysfs")))
        << options;
  }
}

TEST(MountTable, RefusesALineThatIsNotWhole) {
  const std::string whole = line("/sys", kAll, "sysfs");
  EXPECT_TRUE(matches({strict("/sys", nullptr)}, whole));
  EXPECT_FALSE(matches({strict("/sys", nullptr)}, whole + "31 20 0:6 / /a rw"));
  EXPECT_FALSE(matches({strict("/sys", nullptr)},
                       whole.substr(0, whole.find(" - ")) + "\n"));
}

TEST(MountTable, RefusesWhatPropagates) {
  EXPECT_FALSE(matches({strict("/sys", "sysfs")},
                       line("/sys", kAll, "sysfs", "shared:7 ")));
  EXPECT_FALSE(matches({strict("/sys", "sysfs")},
                       line("/sys", kAll, "sysfs", "master:7 ")));
}

TEST(MountTable, RefusesASecondMountOnTheSamePlace) {
  EXPECT_FALSE(
      matches({strict("/sys", "sysfs")},
              line("/sys", kAll, "sysfs") + line("/sys", kAll, "sysfs")));
}

TEST(MountTable, AsksOfATreeThatAllOfItHasTheFlags) {
  const std::vector<ExpectedMount> mounts = {tree("/data")};
  const std::string top = line("/data", "ro,nosuid,nodev", "ext4");
  EXPECT_TRUE(
      matches(mounts, top + line("/data/in", "ro,nosuid,nodev", "xfs")));
  for (const char* options : {"rw,nosuid,nodev", "ro,nodev", "ro,nosuid"}) {
    EXPECT_FALSE(matches(mounts, top + line("/data/in", options, "xfs")))
        << options;
  }
  EXPECT_FALSE(
      matches(mounts, top + line("/database", "ro,nosuid,nodev", "xfs")));
}

TEST(MountTable, TellsItsOwnMountsFromThoseTheyCover) {
  const std::vector<ExpectedMount> mounts = {tree("/"),
                                             writable("/proc", "proc")};
  const std::string root = line("/", "ro,nosuid,nodev", "ext4");
  const std::string hosts = line("/proc", kAll, "proc");
  const std::string own = line("/proc", "rw,nosuid,nodev,noexec", "proc");
  EXPECT_TRUE(matches(mounts, root + hosts + own));
  EXPECT_TRUE(matches(mounts, root + own));
  EXPECT_FALSE(matches(mounts, root + hosts)) << "the host's is not ours";
  EXPECT_FALSE(matches(mounts, root + own + own));
}

TEST(MountTable, LeavesTheOffendingLineInScratch) {
  const Fd file(memfd_create("mountinfo", MFD_CLOEXEC));
  const std::string text = line("/host", "rw", "ext4");
  ASSERT_EQ(static_cast<ssize_t>(text.size()),
            write(file.get(), text.data(), text.size()));
  lseek(file.get(), 0, SEEK_SET);
  const Call call;
  const auto shared = std::make_unique<SharedState>();
  EXPECT_FALSE(mount_table_matches(file.get(), call, shared.get()));
  EXPECT_EQ(text.substr(0, text.size() - 1), shared->scratch);
}

}  // namespace
}  // namespace bulkhead::child
