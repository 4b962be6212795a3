#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "runtime/parent/test_rootfs.h"

namespace bulkhead {
namespace {

using ::testing::HasSubstr;

class StartMasks : public ContainerTest {};

TEST_F(StartMasks, ThePressureFilesAreGone) {
  if (access("/proc/pressure/cpu", F_OK) != 0) GTEST_SKIP() << "no PSI";
  Result<Plan> plan =
      make_plan(spec_for("test ! -e /proc/pressure/cpu"), host());
  ASSERT_TRUE(plan) << plan.error().message();
  std::string error;
  EXPECT_EQ(0, run(*plan, &error)) << error;
}

TEST_F(StartMasks, HundredsOfMasksHold) {
  Spec spec = spec_for("exit 4");
  for (int i = 0; i < 300; ++i) {
    const std::string name = "masked" + std::to_string(i);
    std::ofstream(rootfs_ / name) << "x";
    spec.masked_paths.push_back("/" + name);
  }
  std::string error;
  EXPECT_EQ(4, started(std::move(spec), &error)) << error;
}

/// A file system for each would cost the kernel memory in every cgroup.
TEST_F(StartMasks, ADirectoryIsCoveredByAnEmptyOneOfItsOwnDev) {
  Spec spec = spec_for(
      "b=/bin/busybox; own=$($b stat -c %d /dev);"
      "for place in /one /two; do"
      "  test \"$($b stat -c %d $place)\" = $own || exit 1;"
      "  test -z \"$($b ls -A $place)\" || exit 2;"
      "  $b touch $place/new 2>/dev/null && exit 3;"
      "done; exit 0");
  for (const char* name : {"one", "two"}) {
    std::filesystem::create_directory(rootfs_ / name);
    std::ofstream(rootfs_ / name / "secret") << "x";
    spec.masked_paths.push_back(std::string("/") + name);
  }
  std::string error;
  EXPECT_EQ(0, started(std::move(spec), &error)) << error;
}

TEST_F(StartMasks, WithoutADevOfItsOwnADirectoryIsCoveredByANewFileSystem) {
  Spec spec = spec_for(
      "test -z \"$(/bin/busybox ls -A /one)\" &&"
      "! /bin/busybox touch /one/new 2>/dev/null");
  std::filesystem::create_directory(rootfs_ / "dev");
  std::filesystem::create_directory(rootfs_ / "one");
  std::ofstream(rootfs_ / "one/secret") << "x";
  std::erase_if(spec.mounts, [](const Mount& mount) {
    return mount.destination.starts_with("/dev/");
  });
  spec.masked_paths = {"/one"};
  std::string error;
  EXPECT_EQ(0, started(std::move(spec), &error)) << error;
}

/// What is a directory is asked of the image and of what is bound into it: the
/// host may have something else there, or nothing.
TEST_F(StartMasks, WhatTheImageHasIsCoveredByItsKind) {
  Spec spec = spec_for(
      "b=/bin/busybox; test -c /usr && test -c /bound/file &&"
      "test -z \"$($b ls -A /of-the-image)\" &&"
      "test -z \"$($b ls -A /bound/directory)\"");
  std::ofstream(rootfs_ / "usr") << "a directory on the host";
  std::filesystem::create_directory(rootfs_ / "of-the-image");
  std::ofstream(rootfs_ / "of-the-image/secret") << "x";
  std::filesystem::create_directory(rootfs_ / "bound");
  const auto source = rootfs_ / "source";
  std::filesystem::create_directories(source / "directory/secret");
  std::ofstream(source / "file") << "x";
  spec.mounts.push_back({.destination = "/bound", .source = source});
  for (const char* path :
       {"/usr", "/of-the-image", "/bound/file", "/bound/directory"}) {
    spec.masked_paths.emplace_back(path);
  }
  std::string error;
  EXPECT_EQ(0, started(std::move(spec), &error)) << error;
}

/// A preset's read-only path may be one that the user masks.
TEST_F(StartMasks, MayLieOverAReadOnlyPath) {
  Spec spec = spec_for("test -z \"$(/bin/busybox ls -A /proc/irq)\"");
  ASSERT_EQ(1, std::ranges::count(spec.readonly_paths, "/proc/irq"));
  spec.masked_paths.emplace_back("/proc/irq");
  std::string error;
  EXPECT_EQ(0, started(std::move(spec), &error)) << error;
}

/// Found by making every call of a start fail: the place of a mask that cannot
/// be opened is not missing for that.
TEST_F(StartMasks, APlaceThatIsThereIsCovered) {
  Spec spec = spec_for("exit 0");
  std::ofstream(rootfs_ / "there") << "x";
  spec.masked_paths.push_back("/there");
  Result<Plan> plan = make_plan(std::move(spec), host());
  ASSERT_TRUE(plan) << plan.error().message();
  const auto open = std::ranges::find_if(plan->child, [&](const Call& call) {
    return plan->steps[call.step].name == "rootfs.mask:/there";
  });
  ASSERT_NE(open, plan->child.end());
  ASSERT_EQ(open->tolerated[0], ENOENT);
  open->number = SYS_chdir;
  open->args[0].value = reinterpret_cast<std::uint64_t>("/no/such/place");
  open->args[0].kind = Argument::Kind::kValue;
  std::string error;
  EXPECT_EQ(-1, run(*plan, &error));
  EXPECT_THAT(error, HasSubstr("rootfs.verify"));
  EXPECT_THAT(error, HasSubstr("/there"));
}

}  // namespace
}  // namespace bulkhead
