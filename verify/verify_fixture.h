// What tests of whole runs share: a run in a process of its own, and a look at
// the machine before and after it.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "runtime/base/file.h"
#include "verify/box_cgroup.h"
#include "verify/report.h"
#include "verify/verify.h"

namespace bulkhead::verify {

inline std::vector<std::byte> probe_binary() {
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
inline Machine look(const std::vector<pid_t>& verifiers) {
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
      if (std::filesystem::exists(path)) machine.cgroups.insert(path);
    }
  }
  machine.hostname = read_file("/proc/sys/kernel/hostname").value();
  return machine;
}

struct Ran {
  int status = -1;
  std::string out;
  [[nodiscard]] nlohmann::json document() const {
    return nlohmann::json::parse(out, nullptr, false);
  }
};

class Verify : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) {
      ASSERT_EQ(std::getenv("BULKHEAD_MUST_RUN"), nullptr) << "needs root";
      GTEST_SKIP() << "needs root";
    }
    std::string name =
        (std::filesystem::temp_directory_path() / "verify-XXXXXX").string();
    directory_ = mkdtemp(name.data());
    binary_ = probe_binary();
    before_ = look(begun_);
  }
  void TearDown() override {
    if (directory_.empty()) return;
    EXPECT_EQ(look(begun_), before_) << "the machine has changed";
    std::filesystem::remove_all(directory_);
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
    std::string path = directory_ + "/runtime";
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

  std::string directory_;
  std::vector<std::byte> binary_;
  Machine before_;
  std::vector<pid_t> begun_;
};

}  // namespace bulkhead::verify
