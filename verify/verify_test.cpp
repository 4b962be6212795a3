// Whole runs, in a real crash box. Needs root; the runtimes that stand in for
// subjects are whatever is installed.
#include "verify/verify.h"

#include <dirent.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "verify/box_cgroup.h"
#include "verify/report.h"

namespace bulkhead::verify {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

std::vector<std::byte> probe_binary() {
  std::ifstream file(BULKHEAD_PROBE, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::byte> bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

/// Everything on the machine that a run could leave behind.
struct Machine {
  std::set<std::string> mounts;
  std::set<std::string> cgroups;
  std::string hostname;
  bool operator==(const Machine&) const = default;
};

/// What `verifiers`, processes that ran verify_main, may have left behind, and
/// everything that nobody may change. Other verifiers may run beside a test.
Machine look(const std::vector<pid_t>& verifiers) {
  Machine machine;
  const std::string mountinfo = read_file("/proc/self/mountinfo").value();
  std::istringstream lines(mountinfo);
  for (std::string line; std::getline(lines, line);) {
    machine.mounts.insert(line);
  }
  for (const Hierarchy& hierarchy : find_hierarchies(mountinfo)) {
    for (const pid_t pid : verifiers) {
      const std::string path =
          hierarchy.mount_point + "/bulkhead-box-" + std::to_string(pid);
      if (fs::exists(path)) machine.cgroups.insert(path);
    }
  }
  machine.hostname = read_file("/proc/sys/kernel/hostname").value();
  return machine;
}

struct Ran {
  int status = -1;
  std::string out;
  [[nodiscard]] json document() const {
    return json::parse(out, nullptr, false);
  }
};

class Verify : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) {
      ASSERT_EQ(std::getenv("BULKHEAD_MUST_RUN"), nullptr) << "needs root";
      GTEST_SKIP() << "needs root";
    }
    std::string name = (fs::temp_directory_path() / "verify-XXXXXX").string();
    directory_ = mkdtemp(name.data());
    binary_ = probe_binary();
    before_ = look(begun_);
  }
  void TearDown() override {
    if (directory_.empty()) return;
    EXPECT_EQ(look(begun_), before_) << "the machine has changed";
    fs::remove_all(directory_);
  }

  /// `none` for the controls: it takes out every boundary at once.
  [[nodiscard]] VerifyOptions options(std::vector<std::string> subjects,
                                      std::vector<std::string> probes = {
                                          "utsns/*", "ipcns/*"}) const {
    return {.subjects = std::move(subjects),
            .probe_globs = std::move(probes),
            .format = "json",
            .self_exe = "/nonexistent/bulkhead",
            .probe_binary = binary_,
            .control_subject = "none"};
  }

  [[nodiscard]] std::string script(const std::string& body) const {
    const std::string path = directory_ + "/runtime";
    std::ofstream(path) << "#!/bin/sh\n" << body << "\n";
    chmod(path.c_str(), 0755);
    return path;
  }

  /// Starts verify_main in a child whose stdout is a file.
  [[nodiscard]] pid_t begin(const VerifyOptions& options) {
    std::fflush(nullptr);
    const pid_t pid = fork();
    if (pid == 0) {
      const int out = open((directory_ + "/out").c_str(),
                           O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
      dup2(out, STDOUT_FILENO);
      _exit(verify_main(options));
    }
    begun_.push_back(pid);
    return pid;
  }
  [[nodiscard]] Ran finish(pid_t pid) const {
    int status = 0;
    waitpid(pid, &status, 0);
    Ran result;
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    result.out = read_file(directory_ + "/out", 64 << 20).value_or("");
    return result;
  }
  [[nodiscard]] Ran run(const VerifyOptions& options) {
    return finish(begin(options));
  }

  /// A subject that says through a fifo that it runs, and then never ends.
  [[nodiscard]] std::string hanging_script() const {
    const std::string fifo = directory_ + "/fifo";
    mkfifo(fifo.c_str(), 0600);
    return script(
        "case $1 in --version) exit 0;; esac\n"
        "case $(cat \"$5/config.json\") in *'\"ids\"'*) exit 0;; esac\n"
        "echo runs > " +
        fifo + "\nexec sleep 1000");
  }
  void await_start() const {
    const Fd fifo(open((directory_ + "/fifo").c_str(), O_RDONLY | O_CLOEXEC));
    char byte = 0;
    ASSERT_EQ(read(fifo.get(), &byte, 1), 1);
  }
  static pid_t only_child_of(pid_t pid) {
    const std::string id = std::to_string(pid);
    return std::atoi(
        read_file("/proc/" + id + "/task/" + id + "/children").value().c_str());
  }

  std::string directory_;
  std::vector<std::byte> binary_;
  Machine before_;
  std::vector<pid_t> begun_;
};

std::size_t count(const json& run, const char* verdict) {
  return run["summary"][verdict].get<std::size_t>();
}

TEST_F(Verify, NoContainerContainsNothing) {
  const Ran result = run(options({"none"}, {"*"}));
  EXPECT_EQ(result.status, kExitEscaped) << result.out;
  const json document = result.document();
  EXPECT_EQ(count(document, "contained"), 0U);
  EXPECT_GT(count(document, "escaped"), document["records"].size() / 2);
}

// The suites that go green on a runtime that does nothing are why this exists.
TEST_F(Verify, ProgramsThatAreNoRuntimeAreNeverContained) {
  const Ran result =
      run(options({"/bin/true", "/bin/false", "/bin/echo"}, {"*"}));
  EXPECT_EQ(result.status, kExitInconclusive) << result.out;
  const json document = result.document();
  ASSERT_EQ(document["runs"].size(), 3U);
  for (const json& one : document["runs"]) {
    EXPECT_EQ(count(one, "contained"), 0U);
    EXPECT_EQ(count(one, "escaped"), 0U);
    EXPECT_GT(count(one, "inconclusive"), 0U);
  }
}

TEST_F(Verify, AForgerIsNotBelieved) {
  // Everything it can know: the nonce and the probes are in its bundle.
  const std::string forger = script(R"sh(
nonce=$(tr -d '\n' < "$5/config.json" |
  sed 's/.*"--nonce", *"\([0-9a-f]*\)".*/\1/')
say() { printf 'bhp1 %d 0123456789abcdef %s\n' ${#1} "$1"; }
say '{"kind":"plan","version":1,"nonce":"'$nonce'","probes":["utsns/x"]}'
say '{"kind":"end","nonce":"'$nonce'","records":0}')sh");
  const Ran result = run(options({forger}));
  EXPECT_EQ(result.status, kExitInconclusive) << result.out;
  EXPECT_EQ(count(result.document(), "contained"), 0U);
  EXPECT_THAT(result.out, HasSubstr("forged"));
}

TEST_F(Verify, AReplayedTranscriptIsNotBelieved) {
  // Keeps what the probe binary said outside every container, where nothing
  // is contained, and says it again under the next nonce.
  const std::string replayer = script(R"sh(
tr -d '\n' < "$5/config.json" | grep -q '"ids"' && exit 0
root=$(tr -d '\n' < "$5/config.json" |
  sed 's/.*"root": *{[^}]*"path": *"\([^"]*\)".*/\1/')
"$root/bin/bulkhead-probe" run --nonce 00000000000000000000000000000000 \
  --probe utsns/hostname-private)sh");
  const Ran result = run(options({replayer}, {"utsns/hostname-private"}));
  EXPECT_EQ(result.status, kExitInconclusive) << result.out;
  EXPECT_EQ(count(result.document(), "contained"), 0U);
  EXPECT_THAT(result.out, HasSubstr("replayed"));
}

TEST_F(Verify, ABlindControlMakesNothingContained) {
  VerifyOptions blind = options({"none"});
  blind.control_subject = "/bin/true";
  blind.subjects = {"/bin/true"};
  const Ran result = run(blind);
  EXPECT_EQ(result.status, kExitInconclusive) << result.out;
  EXPECT_EQ(count(result.document(), "contained"), 0U);
}

class VerifyPeer : public Verify,
                   public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    if (std::system(
            (std::string("command -v ") + GetParam() + " >/dev/null 2>&1")
                .c_str()) != 0) {
      ASSERT_EQ(std::getenv("BULKHEAD_MUST_RUN"), nullptr)
          << GetParam() << " is missing";
      GTEST_SKIP() << GetParam() << " is missing";
    }
    Verify::SetUp();
  }
};

TEST_P(VerifyPeer, ContainsWithAndEscapesWithoutTheBoundary) {
  VerifyOptions asked = options({GetParam()}, {"utsns/hostname-private"});
  const Ran with = run(asked);
  EXPECT_EQ(with.status, kExitContained) << with.out;
  EXPECT_EQ(count(with.document(), "contained"), 1U);
  asked.extra_without = {"utsns"};
  const Ran without = run(asked);
  EXPECT_EQ(without.status, kExitEscaped) << without.out;
  EXPECT_THAT(without.out, HasSubstr("--without utsns"));
}

INSTANTIATE_TEST_SUITE_P(Peers, VerifyPeer,
                         ::testing::Values("crun", "runc", "bwrap"),
                         [](const auto& peer) {
                           return std::string(peer.param);
                         });

TEST_F(Verify, ATemplateIsASubject) {
  const Ran result =
      run(options({"unshare -u -R {rootfs} {argv}"}, {"utsns/own-namespace"}));
  ASSERT_TRUE(result.document().is_object()) << result.out;
  EXPECT_EQ(result.document()["records"].size(), 1U);
  EXPECT_FALSE(result.document()["records"][0]["control"].is_null());
}

TEST_F(Verify, AWaiverWithAReasonAndADateTurnsAnEscapeIntoSuccess) {
  VerifyOptions asked = options({"none"}, {"utsns/own-namespace"});
  asked.baseline_file = directory_ + "/baseline";
  std::ofstream(asked.baseline_file)
      << R"({"probe":"utsns/*","reason":"no container","until":"9999-12-31"})";
  const Ran result = run(asked);
  EXPECT_EQ(result.status, kExitContained) << result.out;
  EXPECT_EQ(count(result.document(), "waived"), 1U);
  std::ofstream(asked.baseline_file)
      << R"({"probe":"utsns/*","until":"9999-12-31"})";
  EXPECT_EQ(run(asked).status, kExitUsage);
}

TEST_F(Verify, UsageErrorsAndEmptySelectionsAreToldApart) {
  EXPECT_EQ(run(options({"none"}, {"no/such"})).status, kExitNothingSelected);
  EXPECT_EQ(run(options({"no-such-runtime"})).status, kExitUsage);
  VerifyOptions asked = options({"none"});
  asked.boundaries = {"walls"};
  EXPECT_EQ(run(asked).status, kExitUsage);
  asked = options({"none"});
  asked.extra_without = {"walls"};
  EXPECT_EQ(run(asked).status, kExitUsage);
  asked = options({"none"});
  asked.format = "papyrus";
  EXPECT_EQ(run(asked).status, kExitUsage);
}

TEST_F(Verify, AnInterruptEndsItCleanly) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const pid_t pid = begin(options({hanging_script()}));
    await_start();
    kill(pid, signal);
    EXPECT_EQ(finish(pid).status, kExitInterrupted);
    EXPECT_EQ(look(begun_), before_);
  }
}

TEST_F(Verify, AKilledBoxIsNoVerdictAndLeavesNothing) {
  const pid_t pid = begin(options({hanging_script()}));
  await_start();
  kill(only_child_of(pid), SIGKILL);
  EXPECT_EQ(finish(pid).status, kExitInconclusive);
}

TEST_F(Verify, TheBoxDiesWithItsCaller) {
  const pid_t pid = begin(options({hanging_script()}));
  await_start();
  const Fd box(
      static_cast<int>(syscall(SYS_pidfd_open, only_child_of(pid), 0)));
  ASSERT_TRUE(box);
  kill(pid, SIGKILL);
  pollfd polled{box.get(), POLLIN, 0};
  EXPECT_EQ(poll(&polled, 1, 10'000), 1) << "the box outlived its caller";
  EXPECT_EQ(finish(pid).status, -1);
  // Nobody was left to remove its cgroups.
  for (const std::string& path : look(begun_).cgroups) {
    if (before_.cgroups.contains(path)) continue;
    remove_cgroups_below(path);
    EXPECT_EQ(rmdir(path.c_str()), 0) << path;
  }
}

}  // namespace
}  // namespace bulkhead::verify
