// What becomes of an interpreter that cannot be one, and of one that can.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "runtime/plan/compile.h"
#include "runtime/spec/presets.h"

namespace bulkhead {
namespace {

using ::testing::HasSubstr;

class Interpreter : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = std::filesystem::temp_directory_path() / "qemu.XXXXXX";
    ASSERT_NE(nullptr, mkdtemp(name.data()));
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string file(const std::string& bytes) const {
    std::ofstream(folder_ / "file") << bytes;
    return folder_ / "file";
  }

  [[nodiscard]] static Result<Plan> plan_with(const std::string& path) {
    Spec spec = make_preset(Preset::kHardened);
    spec.process.argv = {"/bin/true"};
    spec.rootfs.path = "/tmp";
    spec.binfmt["aarch64"] = path;
    spec.prefer.insert("cgroup");
    const Result<Host> host = probe_host();
    if (!host) return tl::unexpected(host.error());
    return compile(std::move(spec), *host);
  }

  static std::string error_with(const std::string& path) {
    const Result<Plan> plan = plan_with(path);
    return plan ? "no error" : plan.error().message();
  }

  std::filesystem::path folder_;
};

TEST_F(Interpreter, ThatCannotRunInsideIsRefusedBeforeTheStart) {
  EXPECT_THAT(error_with(folder_ / "absent"),
              HasSubstr("cannot be opened: No such file"));
  EXPECT_THAT(error_with(folder_), HasSubstr("not a regular file"));
  EXPECT_THAT(error_with(file("#!/bin/sh\n")),
              HasSubstr("not an x86_64 program"));
  EXPECT_THAT(error_with("/proc/self/exe"), HasSubstr("binfmt: aarch64=/proc"));
  EXPECT_THAT(error_with("/bin/cat"), HasSubstr("needs a loader"));
}

TEST_F(Interpreter, IsRegisteredByDescriptorAndTheRegisterClosed) {
  const Result<Plan> plan = plan_with("/bin/busybox");
  ASSERT_TRUE(plan) << plan.error().message();
  std::vector<std::string> names;
  for (const Step& step : plan->steps) {
    if (!step.name.starts_with("rootfs.binfmt")) continue;
    names.push_back(step.name);
    EXPECT_TRUE(step.shell.empty()) << "a script may lack a user namespace";
  }
  EXPECT_THAT(names,
              ::testing::ElementsAre("rootfs.binfmt", "rootfs.binfmt:aarch64",
                                     "rootfs.binfmt_attach"));
  const auto line =
      std::ranges::find_if(*plan->bytes, [](const std::string& bytes) {
        return bytes.starts_with(":aarch64:M::\\x7f\\x45\\x4c\\x46\\x02\\x01");
      });
  ASSERT_NE(plan->bytes->end(), line);
  EXPECT_THAT(*line, HasSubstr(":/proc/self/fd/"));
  EXPECT_THAT(*line, HasSubstr(":POCF"));
}

}  // namespace
}  // namespace bulkhead
