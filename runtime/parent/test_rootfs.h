// A busybox tree in a temporary directory, and a mount, network, IPC and UTS
// namespace of the test's own, so that no sabotaged start reaches the host.
#pragma once

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "runtime/parent/container.h"
#include "runtime/spec/presets.h"

namespace bulkhead {

class ContainerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    ASSERT_EQ(0, geteuid()) << "these tests start containers: run as root";
    ASSERT_EQ(
        0, unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS));
    ASSERT_EQ(0, mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr));
  }

  void SetUp() override {
    std::string name =
        std::filesystem::temp_directory_path() / "bulkhead.XXXXXX";
    ASSERT_NE(nullptr, mkdtemp(name.data()));
    rootfs_ = name;
    std::filesystem::permissions(
        rootfs_,
        std::filesystem::perms::all & ~(std::filesystem::perms::group_write |
                                        std::filesystem::perms::others_write));
    std::filesystem::create_directory(rootfs_ / "bin");
    std::filesystem::copy_file("/bin/busybox", rootfs_ / "bin/busybox");
    std::filesystem::create_symlink("busybox", rootfs_ / "bin/sh");
  }
  void TearDown() override { std::filesystem::remove_all(rootfs_); }

  /// The hardened preset around `sh -c script`, in a cgroup of its own.
  [[nodiscard]] Spec spec_for(const std::string& script) const {
    Spec spec = make_preset(Preset::kHardened);
    spec.rootfs.path = rootfs_;
    spec.process.argv = {"/bin/sh", "-c", script};
    spec.cgroups_path = "bulkhead.test-" + std::to_string(getpid());
    return spec;
  }

  [[nodiscard]] static Host host() {
    Result<Host> host = probe_host();
    EXPECT_TRUE(host.has_value());
    return std::move(*host);
  }

  /// Starts and waits; the exit code, or -1 with the error in `error`.
  static int run(const Plan& plan, std::string* error = nullptr) {
    Result<Container> container = start(plan);
    if (!container) {
      if (error != nullptr) *error = container.error().message();
      return -1;
    }
    const Result<Exit> exit = container->wait();
    if (!exit) {
      if (error != nullptr) *error = exit.error().message();
      return -2;
    }
    return exit->code();
  }

  /// The same of what is compiled from `spec`; -3 with a failure where nothing
  /// is.
  static int started(Spec spec, std::string* error = nullptr) {
    Result<Plan> plan = make_plan(std::move(spec), host());
    if (!plan) ADD_FAILURE() << plan.error().message();
    return plan ? run(*plan, error) : -3;
  }

  std::filesystem::path rootfs_;
};

}  // namespace bulkhead
