// Containers of a Launcher in tests: their rootfs, their output, what they
// leave behind.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <set>
#include <string>

#include "runtime/launcher/launcher.h"
#include "runtime/parent/test_rootfs.h"

namespace bulkhead {

/// As the end of a test's name.
inline std::string depth_name(const ::testing::TestParamInfo<ParkAt>& depth) {
  constexpr std::array kNames = {"Cold", "Tree", "Filter", "Exec"};
  return kNames.at(static_cast<std::size_t>(depth.param));
}

class LauncherTest : public ContainerTest {
 protected:
  void TearDown() override {
    EXPECT_EQ("", leftover_cgroups());
    ContainerTest::TearDown();
  }

  static Launcher make_launcher(const LauncherOptions& options = {}) {
    Result<Launcher> launcher = Launcher::make(options);
    EXPECT_TRUE(launcher) << launcher.error().message();
    return std::move(*launcher);
  }

  static ProgramId add(Launcher& launcher, Spec spec, const PoolOptions& pool) {
    const Result<ProgramId> program = launcher.add(std::move(spec), pool);
    EXPECT_TRUE(program) << program.error().message();
    return *program;
  }

  /// The exit code; -1 with the error in `text`, else what came out in `text`.
  static int run(Launcher& launcher, ProgramId program, StartRequest request,
                 std::string* text, ParkAt* from = nullptr) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    request.streams[1] = ends[1];
    Result<Launched> launched = launcher.start(program, request);
    close(ends[1]);
    text->clear();
    if (!launched) {
      close(ends[0]);
      *text = launched.error().message();
      return -1;
    }
    if (from != nullptr) *from = launched->from;
    char buffer[4096];
    for (ssize_t got; (got = read(ends[0], buffer, sizeof buffer)) > 0;) {
      text->append(buffer, static_cast<std::size_t>(got));
    }
    close(ends[0]);
    const Result<Exit> exit = launched->container.wait();
    return exit ? exit->code() : -2;
  }

  static StartRequest script(const std::string& text) {
    return {.arguments = {"/bin/sh", "-c", text}};
  }

  /// Cgroups of this test's containers that are still there.
  [[nodiscard]] std::string leftover_cgroups() const {
    std::string found;
    const std::string name = spec_for("").cgroups_path;
    const CgroupLayout layout = host().cgroups;
    std::set<std::string> places;
    for (const auto& [controller, place] : layout.v1) places.insert(place);
    if (!layout.v2_mount.empty()) places.insert(layout.v2_mount);
    for (const std::string& place : places) {
      for (const auto& entry : std::filesystem::directory_iterator(place)) {
        if (entry.path().filename().string().starts_with(name)) {
          found += entry.path().string() + " ";
        }
      }
    }
    return found;
  }
};

}  // namespace bulkhead
