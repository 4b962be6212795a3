// A register of the container's own: what it runs, and who may change it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include <fstream>
#include <set>

#include "runtime/base/file.h"
#include "runtime/parent/test_rootfs.h"

namespace bulkhead {
namespace {

using ::testing::HasSubstr;

constexpr const char* kHostRegister = "/proc/sys/fs/binfmt_misc";

class Register : public ContainerTest {
 protected:
  void SetUp() override {
    ContainerTest::SetUp();
    // The first bytes are all that tells it apart.
    std::ofstream(rootfs_ / "bin/foreign")
        << elf_magic(*elf_format_named("aarch64"));
    ASSERT_EQ(0, chmod((rootfs_ / "bin/foreign").c_str(), 0755));
    before_ = names();
    std::string error;
    if (start_with("exit 0", &error) == 0) return;
    // Found by trying; that it is for want of the kernel, the version says.
    ASSERT_THAT(error, HasSubstr("the host's register is never touched"));
    ASSERT_TRUE(older_than_6_7()) << error;
    GTEST_SKIP() << error;
  }
  void TearDown() override {
    EXPECT_EQ(before_, names()) << "the host's register changed";
    ContainerTest::TearDown();
  }

  [[nodiscard]] Spec spec_with(const std::string& script) const {
    Spec spec = spec_for(script);
    spec.binfmt["aarch64"] = "/bin/busybox";
    return spec;
  }
  int start_with(const std::string& script, std::string* error) const {
    return started(spec_with(script), error);
  }

 private:
  /// What is registered on the host, or why that cannot be seen: of systemd's
  /// automount a namespace of its own sees ELOOP until somebody looked outside.
  static std::set<std::string> names() {
    std::set<std::string> found;
    std::error_code error;
    auto entry = std::filesystem::directory_iterator(kHostRegister, error);
    for (; !error && entry != std::filesystem::directory_iterator();
         entry.increment(error)) {
      found.insert(entry->path().filename());
    }
    if (error) found.insert(error.message());
    return found;
  }
  static bool older_than_6_7() {
    utsname name{};
    uname(&name);
    int major = 0;
    int minor = 0;
    return sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
           (major < 6 || (major == 6 && minor < 7));
  }

  std::set<std::string> before_;
};

TEST_F(Register, RunsWhatIsRegistered) {
  Spec spec = spec_with("");
  spec.process.argv = {"/bin/foreign"};
  // busybox, called by the name of a descriptor, knows no applet of that name.
  EXPECT_EQ(127, started(spec));
  spec.binfmt.clear();
  std::string error;
  EXPECT_EQ(-1, started(spec, &error));
  EXPECT_THAT(error, HasSubstr("Exec format error"));
}

TEST_F(Register, IsTheWorkloadsToReadOnly) {
  EXPECT_EQ(0, started(spec_with("cd /proc/sys/fs/binfmt_misc && "
                                 "busybox grep -q '^flags: POCF$' aarch64 && "
                                 "! echo -1 > aarch64 && ! echo 0 > status && "
                                 "! echo :x:E::x::/bin/sh: > register")));
}

TEST_F(Register, ThatIsWritableIsSeen) {
  Result<Plan> plan = make_plan(spec_with("exit 0"), host());
  ASSERT_TRUE(plan) << plan.error().message();
  const std::size_t calls = plan->child.size();
  std::erase_if(plan->child, [&](const Call& call) {
    return call.number == SYS_mount_setattr &&
           plan->steps[call.step].name == "rootfs.binfmt_attach";
  });
  ASSERT_EQ(calls - 1, plan->child.size());
  std::string error;
  EXPECT_EQ(-1, run(*plan, &error));
  EXPECT_THAT(error, HasSubstr("rootfs.verify"));
  EXPECT_THAT(error, HasSubstr("binfmt_misc"));
}

TEST_F(Register, ThatIsLeftOutIsSeen) {
  Spec spec = spec_with("exit 0");
  spec.unsafe = true;
  spec.skipped_steps = {"rootfs.binfmt_attach"};
  std::string error;
  EXPECT_EQ(-1, started(spec, &error));
  EXPECT_THAT(error, HasSubstr("rootfs.verify"));
}

TEST_F(Register, ShowsWhatWasRegistered) {
  Result<Plan> plan = make_plan(spec_with("exit 0"), host());
  ASSERT_TRUE(plan) << plan.error().message();
  std::erase_if(plan->child, [&](const Call& call) {
    return call.number == SYS_write &&
           plan->steps[call.step].name == "rootfs.binfmt:aarch64";
  });
  std::string error;
  EXPECT_EQ(-1, run(*plan, &error));
  EXPECT_THAT(error, HasSubstr("rootfs.binfmt:aarch64"));
}

TEST_F(Register, TakesAnInterpreterThatItsRootMayExecute) {
  const std::string mine = rootfs_ / "interpreter";
  std::filesystem::copy_file("/bin/busybox", mine);
  ASSERT_EQ(0, chmod(mine.c_str(), 0700));
  Spec spec = spec_with("exit 0");
  spec.binfmt["aarch64"] = mine;
  std::string error;
  EXPECT_EQ(-1, started(spec, &error));
  EXPECT_THAT(error, HasSubstr("Permission denied"));
  EXPECT_THAT(error, HasSubstr("allowed to execute the interpreter"));
}

}  // namespace
}  // namespace bulkhead
