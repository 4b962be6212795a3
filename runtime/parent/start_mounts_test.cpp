#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "runtime/parent/test_rootfs.h"

namespace bulkhead {
namespace {

class StartMounts : public ContainerTest {
 protected:
  static Mount bind(const std::string& source, const std::string& destination) {
    Mount mount;
    mount.destination = destination;
    mount.source = source;
    return mount;
  }
};

/// The place is made in the /dev that was prepared: an engine's --device and
/// a socket of the host's logger come this way.
TEST_F(StartMounts, FilesAndDirectoriesAreBoundBelowDev) {
  Spec spec = spec_for(
      "test -f /dev/log && test -d /dev/things/inside && test -c /dev/null");
  const auto source = rootfs_ / "source";
  std::filesystem::create_directories(source / "inside");
  std::ofstream(rootfs_ / "file") << "x";
  spec.mounts.push_back(bind(rootfs_ / "file", "/dev/log"));
  spec.mounts.push_back(bind(source, "/dev/things"));
  std::string error;
  EXPECT_EQ(0, started(std::move(spec), &error)) << error;
}

}  // namespace
}  // namespace bulkhead
