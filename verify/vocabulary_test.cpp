#include "verify/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "verify/facts.h"

namespace bulkhead::verify::vocabulary_test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

constexpr std::array kAll = {&kUnshare,    &kNspawn,     &kLxc,     &kPodman,
                             &kPodmanCrun, &kPodmanRunc, &kFirejail};

class VocabularyTest : public ::testing::Test {
 protected:
  VocabularyTest() {
    std::string name =
        (fs::temp_directory_path() / "vocabulary-XXXXXX").string();
    directory_ = mkdtemp(name.data());
    fs::create_directories(directory_ + "/root fs/fixtures");
    fs::create_directories(directory_ + "/root fs/bin");
  }
  ~VocabularyTest() override { fs::remove_all(directory_); }

  [[nodiscard]] Start start() const {
    Start start{.spec = tested_spec("0123456789abcdef", {.cgroups = "v2"}),
                .id = "id-1",
                .directory = directory_};
    start.spec.rootfs.path = directory_ + "/root fs";
    start.spec.process.argv = {"/bin/probe", "--set", "a=b c"};
    // The limits of a machine that has the files for them.
    start.spec.resources.memory_max_bytes = 1 << 20;
    start.spec.resources.pids_max = 7;
    return start;
  }
  [[nodiscard]] static Invocation prepared(const Vocabulary& vocabulary,
                                           const Start& start) {
    auto invocation = make_subject(vocabulary)->prepare(start);
    EXPECT_TRUE(invocation) << invocation.error().message();
    return std::move(*invocation);
  }
  [[nodiscard]] std::string written(const std::string& name) const {
    std::ifstream file(directory_ + "/" + name);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

  std::string directory_;
};

TEST_F(VocabularyTest, EveryTableSaysAPartOnceAndNamesWhatThereIs) {
  for (const Vocabulary* vocabulary : kAll) {
    std::set<Feature> said;
    for (const Saying& saying : vocabulary->sayings) {
      EXPECT_TRUE(said.insert(saying.feature).second)
          << vocabulary->name << ": "
          << parts().at(static_cast<std::size_t>(saying.feature)).name;
    }
    Start asked = start();
    asked.spec.process.uid = 9;
    EXPECT_THAT(prepared(*vocabulary, asked).argv, Each(Not(HasSubstr("{?}"))))
        << vocabulary->name;
    EXPECT_THAT(written("configuration"), Not(HasSubstr("{?}")));
  }
}

TEST_F(VocabularyTest, TheWorkloadsWordsComeLastAsTheyAre) {
  for (const Vocabulary* vocabulary : kAll) {
    if (vocabulary->few_words) continue;
    const auto argv = prepared(*vocabulary, start()).argv;
    ASSERT_GE(argv.size(), 4U);
    EXPECT_EQ(argv.front(), vocabulary->program) << vocabulary->name;
    EXPECT_THAT(std::vector<std::string>(argv.end() - 3, argv.end()),
                ElementsAre("/bin/probe", "--set", "a=b c"))
        << vocabulary->name;
  }
}

TEST_F(VocabularyTest, OneThatTakesFewWordsHasTheWorkloadReadItsOwn) {
  const auto argv = prepared(kFirejail, start()).argv;
  ASSERT_GE(argv.size(), 2U);
  EXPECT_EQ(argv[argv.size() - 2], "/bin/sh");
  EXPECT_EQ(fs::read_symlink(directory_ + "/root fs/bin/sh"), "/bin/probe");
  EXPECT_EQ(argv.back(), "@/fixtures/words");
  EXPECT_THAT(Words(argv.begin(), argv.begin() + 3),
              ElementsAre("env", "container=lxc", "firejail"));
  EXPECT_EQ(written("root fs/fixtures/words"),
            std::string("--set\0a=b c\0", 12));
}

TEST_F(VocabularyTest, NamesOfCallsLeaveOutWhatTheSpecSaysThereIsNot) {
  const auto argv = prepared(kNspawn, start()).argv;
  const auto filter = [&](const std::string& begin) {
    const auto at = std::ranges::find_if(
        argv, [&](const auto& word) { return word.starts_with(begin); });
    return at == argv.end() ? "" : " " + *at + " ";
  };
  const std::string denied = filter("--system-call-filter=~");
  const std::string allowed = filter("--system-call-filter=read");
  EXPECT_THAT(denied, HasSubstr(" keyctl "));
  EXPECT_THAT(denied, Not(HasSubstr(" clone3 ")));
  EXPECT_THAT(allowed, HasSubstr(" clone3 "));
  EXPECT_THAT(allowed, Not(HasSubstr(" keyctl ")));
}

TEST_F(VocabularyTest, WhatHasNoWordsIsNotOffered) {
  const auto not_offered = prepared(kUnshare, start()).not_offered;
  EXPECT_THAT(not_offered,
              IsSupersetOf({NotOffered{Boundary::kSeccomp, "the filter"},
                            NotOffered{Boundary::kCgroup, "memory limit"},
                            NotOffered{Boundary::kRootfs, "read-only root"}}));
  EXPECT_THAT(not_offered,
              Not(Contains(NotOffered{Boundary::kNetns, "network namespace"})));
}

TEST_F(VocabularyTest, WhatIsNotAskedForIsNeitherSaidNorMissed) {
  Start asked = start();
  asked.without = {Boundary::kSeccomp, Boundary::kNetns};
  const Invocation invocation = prepared(kUnshare, asked);
  EXPECT_THAT(invocation.argv, Not(Contains("--net")));
  EXPECT_THAT(invocation.not_offered,
              Not(Contains(NotOffered{Boundary::kSeccomp, "the filter"})));
}

TEST_F(VocabularyTest, WhatIsNotAskedForMayHaveWordsOfItsOwn) {
  Start asked = start();
  EXPECT_THAT(prepared(kPodman, asked).argv, Contains("--network=none"));
  asked.without = {Boundary::kNetns};
  EXPECT_THAT(prepared(kPodman, asked).argv, Contains("--network=host"));
}

TEST_F(VocabularyTest, WhatIsDoneUnaskedCannotBeLeftOut) {
  Start asked = start();
  asked.without = {Boundary::kPidns, Boundary::kNetns};
  const auto not_offered = prepared(kNspawn, asked).not_offered;
  EXPECT_THAT(not_offered,
              Contains(NotOffered{Boundary::kPidns, "--without pidns"}));
  EXPECT_THAT(not_offered,
              Not(Contains(NotOffered{Boundary::kNetns, "--without netns"})));
}

TEST_F(VocabularyTest, WhatItDoesNotStartWithIsLeftOutAndListed) {
  const auto subject = make_subject(kNspawn);
  for (const Omission& omission : omissions()) {
    if (std::string(omission.name) == "id-mapped root") {
      subject->omitted.push_back(&omission);
    }
  }
  ASSERT_EQ(subject->omitted.size(), 1U);
  const auto invocation = subject->prepare(start());
  ASSERT_TRUE(invocation);
  EXPECT_THAT(invocation->argv, Contains("--private-users-ownership=off"));
  EXPECT_THAT(invocation->not_offered,
              Contains(NotOffered{Boundary::kRootfs, "id-mapped root"}));
}

TEST_F(VocabularyTest, UnshareIsTheNamespacesAndTheRoot) {
  const auto argv = prepared(kUnshare, start()).argv;
  EXPECT_THAT(argv,
              IsSupersetOf(Words{"--pid", "--net", "--time",
                                 "--root=" + directory_ + "/root fs",
                                 "--map-users=524288,0,65536", "--setgid=10"}));
}

TEST_F(VocabularyTest, NspawnIsToldTheRootTheLimitsAndTheFilter) {
  const auto argv = prepared(kNspawn, start()).argv;
  EXPECT_THAT(argv,
              IsSupersetOf(Words{
                  "--directory=" + directory_ + "/root fs", "--read-only",
                  "--private-users=524288:65536", "--rlimit=CORE=0:0",
                  "--setenv=BULKHEAD_GIVEN= a=b  c", "--drop-capability=all"}));
  EXPECT_THAT(argv, Contains(HasSubstr("--system-call-filter=~")));
}

TEST_F(VocabularyTest, LxcGetsAFileOfLines) {
  const auto argv = prepared(kLxc, start()).argv;
  EXPECT_THAT(argv, Contains("--rcfile=" + directory_ + "/configuration"));
  const std::string lines = written("configuration");
  for (const char* line :
       {"lxc.net.0.type = empty\n",
        "lxc.rootfs.options = ro,nosuid,nodev,idmap=container\n",
        "lxc.cgroup2.devices.deny = a\n",
        "lxc.cgroup2.devices.allow = c 1:3 rwm\n",
        "lxc.idmap = u 0 524288 65536\n", "lxc.cgroup2.pids.max = 7\n",
        "lxc.prlimit.core = 0:0\n", "lxc.init.gid = 10\n"}) {
    EXPECT_THAT(lines, HasSubstr(line));
  }
  EXPECT_THAT(written("filter"), HasSubstr("allowlist errno"));
}

TEST_F(VocabularyTest, PodmanRunsTheRootWithoutAnImage) {
  const auto argv = prepared(kPodmanRunc, start()).argv;
  EXPECT_THAT(argv, IsSupersetOf(Words{"--runtime=runc", "run", "--rootfs",
                                       directory_ + "/root fs", "--read-only",
                                       "--pids-limit=7", "--memory=1048576b",
                                       "--user=0:10"}));
  EXPECT_THAT(argv,
              Contains("--security-opt=seccomp=" + directory_ + "/filter"));
}

TEST_F(VocabularyTest, FirejailEntersTheRootWithoutAProfile) {
  EXPECT_THAT(
      prepared(kFirejail, start()).argv,
      IsSupersetOf(Words{"--noprofile", "--chroot=" + directory_ + "/root fs",
                         "--net=none", "--caps.drop=all"}));
}

TEST_F(VocabularyTest, OnlyWhoDoesNotEnterTheRootStaysOutside) {
  Start asked = start();
  asked.without = {Boundary::kMountns};
  EXPECT_TRUE(make_subject(kUnshare)->stays_on_root(asked));
  EXPECT_FALSE(make_subject(kNspawn)->stays_on_root(asked));
}

TEST_F(VocabularyTest, WhatIsNotInstalledNamesItsPackage) {
  const std::string path = getenv("PATH");
  setenv("PATH", directory_.c_str(), 1);
  for (const Vocabulary* vocabulary : kAll) {
    const Status missing = make_subject(*vocabulary)->installed();
    ASSERT_FALSE(missing) << vocabulary->name;
    EXPECT_THAT(
        missing.error().message(),
        HasSubstr(std::string("Debian package ") + vocabulary->package));
  }
  const std::string program = directory_ + "/systemd-nspawn";
  std::ofstream(program) << "#!";
  fs::permissions(program, fs::perms::owner_all);
  EXPECT_TRUE(make_subject(kNspawn)->installed());
  setenv("PATH", path.c_str(), 1);
}

}  // namespace
}  // namespace bulkhead::verify::vocabulary_test
