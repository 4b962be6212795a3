#include "verify/subject.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "verify/facts.h"

namespace bulkhead::verify::subject_test {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

class SubjectTest : public ::testing::Test {
 protected:
  SubjectTest() {
    std::string name = (fs::temp_directory_path() / "subject-XXXXXX").string();
    directory_ = mkdtemp(name.data());
  }
  ~SubjectTest() override { fs::remove_all(directory_); }

  [[nodiscard]] Start start() const {
    Start start{.spec = tested_spec("0123456789abcdef", {.cgroups = "v1"}),
                .id = "id-1",
                .directory = directory_};
    start.spec.rootfs.path = "/root fs";
    start.spec.process.argv = {"/bin/probe", "--set", "a=b c"};
    return start;
  }
  [[nodiscard]] nlohmann::json config() const {
    std::ifstream file(directory_ + "/bundle/config.json");
    return nlohmann::json::parse(file);
  }
  [[nodiscard]] Invocation prepared(const std::string& text,
                                    const Start& start) const {
    const auto subject = make_subject(text, "/opt/bulkhead");
    EXPECT_TRUE(subject) << subject.error().message();
    auto invocation = (*subject)->prepare(start);
    EXPECT_TRUE(invocation) << invocation.error().message();
    return std::move(*invocation);
  }

  std::string directory_;
};

TEST_F(SubjectTest, BulkheadGetsTheWholeBundleAndTheSabotageBeside) {
  Start asked = start();
  asked.without = {Boundary::kSeccomp, Boundary::kPidns};
  EXPECT_THAT(prepared("bulkhead", asked).argv,
              ElementsAre("/opt/bulkhead", "run", "--bundle",
                          directory_ + "/bundle", "--unsafe", "--without",
                          "pidns", "--without", "seccomp", "id-1"));
  EXPECT_TRUE(config()["linux"].contains("seccomp"));
}

TEST_F(SubjectTest, BulkheadIsNotUnsafeUnlessSomethingIsTakenOut) {
  EXPECT_THAT(prepared("bulkhead", start()).argv, Not(Contains("--unsafe")));
}

TEST_F(SubjectTest, AnOciRuntimeGetsAWeakenedBundle) {
  Start asked = start();
  asked.without = {Boundary::kSeccomp, Boundary::kFds};
  const Invocation invocation = prepared("crun", asked);
  EXPECT_THAT(invocation.argv,
              ElementsAre("crun", "--root", directory_ + "/state", "run",
                          "--bundle", directory_ + "/bundle", "id-1"));
  EXPECT_FALSE(config()["linux"].contains("seccomp"));
  EXPECT_THAT(invocation.not_offered,
              Contains(NotOffered{Boundary::kFds, "--without fds"}));
}

TEST_F(SubjectTest, RunscGetsABundleAndSaysWhatItIgnores) {
  const Invocation invocation = prepared("runsc", start());
  EXPECT_THAT(
      invocation.argv,
      ElementsAre("runsc", "--root", directory_ + "/state", "--network=none",
                  "run", "--bundle", directory_ + "/bundle", "id-1"));
  EXPECT_THAT(invocation.not_offered,
              Contains(NotOffered{Boundary::kSeccomp, "the filter"}));
}

TEST_F(SubjectTest, RunscGetsMemoryForItsOwnKernelAndNoOptionItDoesNotKnow) {
  Start asked = start();
  asked.spec.resources.memory_max_bytes = 96 << 20;
  const Invocation invocation = prepared("runsc", asked);
  EXPECT_EQ(config()["linux"]["resources"]["memory"]["limit"],
            (96 << 20) + (256 << 20));
  EXPECT_THAT(config()["mounts"].dump(), Not(HasSubstr("\"rro\"")));
  EXPECT_THAT(config()["mounts"].dump(), HasSubstr("\"rbind\""));
  EXPECT_THAT(invocation.not_offered,
              IsSupersetOf({NotOffered{Boundary::kRootfs,
                                       "read-only mounts below a bind"},
                            NotOffered{Boundary::kCgroup,
                                       "a memory limit of the workload "
                                       "alone"}}));
}

TEST_F(SubjectTest, WhatIsMountedBelowABindStaysThereWhereItCannotBeReadOnly) {
  const auto subject = make_subject("crun", "/opt/bulkhead");
  ASSERT_TRUE(subject);
  for (const Omission& omission : omissions()) {
    if (omission.name == std::string(kReadOnlyBelow)) {
      (*subject)->omitted.push_back(&omission);
    }
  }
  ASSERT_EQ((*subject)->omitted.size(), 1U);
  const auto invocation = (*subject)->prepare(start());
  ASSERT_TRUE(invocation);
  EXPECT_THAT(config()["mounts"].dump(), Not(HasSubstr("\"rro\"")));
  EXPECT_THAT(config()["mounts"].dump(), HasSubstr("\"rbind\""));
  EXPECT_THAT(invocation->not_offered,
              Contains(NotOffered{Boundary::kRootfs, kReadOnlyBelow}));
}

TEST_F(SubjectTest, OnlyWhoHasNoWordForAUserNamespaceKeepsTheCallersIds) {
  const auto keeps = [](const char* name) {
    return (*make_subject(name, "/opt/bulkhead"))->keeps_ids();
  };
  EXPECT_TRUE(keeps("firejail"));
  EXPECT_FALSE(keeps("unshare"));
  EXPECT_FALSE(keeps("crun"));
}

TEST_F(SubjectTest, EveryNameIsASubjectOfThatName) {
  for (const std::string& name : subject_names()) {
    const auto subject = make_subject(name, "/opt/bulkhead");
    ASSERT_TRUE(subject) << name;
    EXPECT_EQ((*subject)->name(), name);
    EXPECT_THAT(all_subject_names(), HasSubstr(name));
  }
}

TEST_F(SubjectTest, AnOmissionIsLeftOutOfTheBundleAndListed) {
  const auto subject = make_subject("runc", "/opt/bulkhead");
  ASSERT_TRUE(subject);
  for (const Omission& omission : omissions()) {
    if (std::string(omission.name) == "time namespace") {
      (*subject)->omitted.push_back(&omission);
    }
  }
  ASSERT_EQ((*subject)->omitted.size(), 1U);
  const auto invocation = (*subject)->prepare(start());
  ASSERT_TRUE(invocation);
  EXPECT_THAT(invocation->not_offered,
              Contains(NotOffered{Boundary::kTimens, "time namespace"}));
  EXPECT_EQ(config().dump().find("timeOffsets"), std::string::npos);
  EXPECT_EQ(config().dump().find(R"("type":"time")"), std::string::npos);
}

TEST_F(SubjectTest, ATemplateIsSplitWithoutAShell) {
  EXPECT_THAT(prepared("env X=1 chroot {rootfs} {argv}", start()).argv,
              ElementsAre("env", "X=1", "chroot", "/root fs", "/bin/probe",
                          "--set", "a=b c"));
  fs::remove_all(directory_ + "/bundle");
  EXPECT_THAT(prepared("sh -c '{argv} # {id}' {bundle}", start()).argv,
              ElementsAre("sh", "-c", "/bin/probe --set 'a=b c' # id-1",
                          directory_ + "/bundle"));
}

TEST_F(SubjectTest, ATemplateCannotBeWeakenedUnlessItTakesTheBundle) {
  Start asked = start();
  asked.without = {Boundary::kNetns};
  const auto subject = make_subject("chroot {rootfs} {argv}", "/opt/bulkhead");
  ASSERT_TRUE(subject);
  EXPECT_FALSE((*subject)->prepare(asked));
}

TEST_F(SubjectTest, BwrapSaysWhatItHasNoWordFor) {
  const Invocation invocation = prepared("bwrap", start());
  EXPECT_THAT(invocation.argv,
              IsSupersetOf({"bwrap", "--unshare-net", "--unshare-pid",
                            "--ro-bind", "/root fs", "--new-session",
                            "--clearenv", "--seccomp", "/bin/probe"}));
  EXPECT_THAT(invocation.not_offered,
              Contains(NotOffered{Boundary::kCgroup, "cgroup limits"}));
  ASSERT_EQ(invocation.inherited.size(), 1U);
}

TEST_F(SubjectTest, BwrapWithoutABoundaryDoesNotAskForIt) {
  Start asked = start();
  asked.without = {Boundary::kNetns, Boundary::kSeccomp};
  const Invocation invocation = prepared("bwrap", asked);
  EXPECT_THAT(invocation.argv, Not(Contains("--unshare-net")));
  EXPECT_THAT(invocation.argv, Not(Contains("--seccomp")));
  EXPECT_THAT(invocation.inherited, IsEmpty());
}

TEST_F(SubjectTest, StaysOnRootOnlyWhereNothingPivots) {
  Start asked = start();
  const auto crun = make_subject("crun", "/opt/bulkhead");
  const auto none = make_subject("none", "/opt/bulkhead");
  EXPECT_FALSE((*crun)->stays_on_root(asked));
  EXPECT_TRUE((*none)->stays_on_root(asked));
  const auto reference = make_subject("bulkhead", "/opt/bulkhead");
  asked.without = {Boundary::kMountns};
  EXPECT_TRUE((*reference)->stays_on_root(asked));
  EXPECT_FALSE((*crun)->stays_on_root(asked)) << "it always enters its root";
  asked.without.clear();
  EXPECT_FALSE((*reference)->stays_on_root(asked));
  asked.skip = {"rootfs.pivot"};
  EXPECT_TRUE((*reference)->stays_on_root(asked));
}

TEST_F(SubjectTest, WhatIsNoSubjectIsAUsageError) {
  for (const char* text : {"", "no-such-runtime", "/nonexistent", "/etc/passwd",
                           "/tmp", "chroot {rootfs}", "'{argv}"}) {
    const auto subject = make_subject(text, "/opt/bulkhead");
    ASSERT_FALSE(subject) << text;
    EXPECT_EQ(subject.error().kind, ErrorKind::kUsage) << text;
  }
  EXPECT_TRUE(make_subject("/bin/true", "/opt/bulkhead"));
}

}  // namespace
}  // namespace bulkhead::verify::subject_test
