// The program as the harness meets it: frames on its standard output.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "probes/frame.h"
#include "probes/probe.h"

namespace bulkhead::probes {
namespace {

struct Ended {
  int status = -1;
  std::string output;
};

// Runs the program with an empty environment.
Ended run(std::vector<std::string> words) {
  words.insert(words.begin(), BULKHEAD_PROBE_BINARY);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    std::vector<char*> raw;
    for (std::string& word : words) raw.push_back(word.data());
    raw.push_back(nullptr);
    std::array<char*, 1> none{nullptr};
    dup2(ends[1], STDOUT_FILENO);
    execve(raw[0], raw.data(), none.data());
    _exit(127);
  }
  close(ends[1]);
  Ended ended;
  std::array<char, 4096> block{};
  ssize_t got = 0;
  while ((got = read(ends[0], block.data(), block.size())) > 0) {
    ended.output.append(block.data(), static_cast<std::size_t>(got));
  }
  close(ends[0]);
  waitpid(child, &ended.status, 0);
  return ended;
}

FrameKey empty_key() {
  FrameKey key{};
  key[0] = 1;
  return key;
}

// The payloads of all frames, each with the right length and mac.
std::vector<nlohmann::json> payloads(const std::string& output) {
  std::vector<nlohmann::json> all;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t brace = line.find('{');
    if (brace == std::string::npos) {
      ADD_FAILURE() << "no payload: " << line;
      continue;
    }
    const std::string payload = line.substr(brace);
    EXPECT_EQ(frame(empty_key(), payload), line + "\n");
    all.push_back(nlohmann::json::parse(payload));
  }
  return all;
}

TEST(Program, HasExactlyOneKeySlot) {
  std::ifstream file(BULKHEAD_PROBE_BINARY, std::ios::binary);
  const std::string binary{std::istreambuf_iterator<char>(file), {}};
  const std::size_t first = binary.find(kKeyMarker);
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(binary.find(kKeyMarker, first + 1), std::string::npos);
  EXPECT_EQ(binary.substr(first + kKeyMarker.size(), kKeyBytes),
            std::string("\1", 1) + std::string(kKeyBytes - 1, '\0'));
}

TEST(Program, PlansRecordsAndEnds) {
  const std::string nonce(32, 'a');
  const Ended ended =
      run({"run", "--nonce", nonce, "--probe", "no_new_privs/set", "--probe",
           "seccomp/filter-active"});
  EXPECT_EQ(ended.status, 0);
  const auto frames = payloads(ended.output);
  ASSERT_EQ(frames.size(), 6U);
  EXPECT_EQ(frames[0]["kind"], "plan");
  EXPECT_EQ(frames[0]["version"], kFrameVersion);
  EXPECT_EQ(
      frames[0]["probes"],
      (std::vector<std::string>{"no_new_privs/set", "seccomp/filter-active"}));
  EXPECT_EQ(frames[1]["half"], "witness");
  EXPECT_EQ(frames[2]["half"], "attempt");
  EXPECT_EQ(frames[4]["probe"], "seccomp/filter-active");
  EXPECT_EQ(frames[5]["kind"], "end");
  EXPECT_EQ(frames[5]["records"], 4);
  for (const auto& payload : frames) EXPECT_EQ(payload["nonce"], nonce);
}

TEST(Program, ReadsItsWordsFromAFile) {
  std::string path = "/tmp/words-XXXXXX";
  close(mkstemp(path.data()));
  std::ofstream(path) << "run" << '\0' << "--nonce" << '\0' << "n n" << '\0'
                      << "--probe" << '\0' << "no_new_privs/set" << '\0';
  const Ended ended = run({"@" + path});
  unlink(path.c_str());
  EXPECT_EQ(ended.status, 0);
  const auto frames = payloads(ended.output);
  ASSERT_EQ(frames.size(), 4U);
  EXPECT_EQ(frames[0]["nonce"], "n n");
}

TEST(Program, NamesAFileOfWordsThatIsNotThere) {
  const Ended ended = run({"@/nonexistent/words"});
  EXPECT_EQ(WEXITSTATUS(ended.status), 4);
  EXPECT_NE(ended.output.find("/nonexistent/words: No such file"),
            std::string::npos)
      << ended.output;
}

TEST(Program, KeepsEvidenceValidJson) {
  const Ended ended = run({"run", "--nonce", "n", "--set",
                           "netns/own-namespace.inode=\"\\\x01\xff\n",
                           "--probe", "netns/own-namespace"});
  const auto frames = payloads(ended.output);
  ASSERT_EQ(frames.size(), 4U);
  EXPECT_EQ(frames[2]["outcome"], "refused");
}

TEST(Program, NamesTheFactOfTheSpecThatIsMissing) {
  const Ended ended =
      run({"run", "--nonce", "n", "--probe", "session/umask-exact", "--probe",
           "seccomp/filter-active"});
  const auto frames = payloads(ended.output);
  ASSERT_EQ(frames.size(), 6U);
  EXPECT_EQ(frames[2]["outcome"], "broken");
  EXPECT_EQ(frames[2]["missing_fact"], "umask");
  EXPECT_FALSE(frames[4].contains("missing_fact"));
}

TEST(Program, SaysBrokenWhenAPlantedFactIsMissing) {
  const Ended ended =
      run({"run", "--nonce", "n", "--probe", "netns/loopback-canary"});
  const auto frames = payloads(ended.output);
  ASSERT_EQ(frames.size(), 4U);
  EXPECT_EQ(frames[2]["outcome"], "broken");
}

TEST(Program, RefusesWhatItDoesNotUnderstand) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"rum"},
        {"run"},
        {"run", "--nonce", "n"},
        {"run", "--probe", "no_new_privs/set"},
        {"run", "--nonce"},
        {"run", "--nonce", "n", "--probe", "no/such"},
        {"run", "--nonce", "n", "--set", "novalue", "--probe",
         "no_new_privs/set"}}) {
    const Ended ended = run(words);
    EXPECT_EQ(WEXITSTATUS(ended.status), 4) << ended.output;
    EXPECT_TRUE(ended.output.starts_with("bulkhead-probe: "));
  }
}

TEST(Program, ListsTheWholeCatalogue) {
  const Ended ended = run({"list"});
  for (const Probe& probe : catalogue()) {
    EXPECT_NE(ended.output.find(probe.id + " "), std::string::npos);
  }
}

TEST(Program, PrintsItsIds) {
  const Ended ended = run({"ids"});
  const std::string uid = std::to_string(getuid());
  EXPECT_TRUE(
      ended.output.starts_with("uid " + uid + " " + uid + " " + uid + " gid "))
      << ended.output;
  EXPECT_NE(ended.output.find(" nnp 0 seccomp "), std::string::npos)
      << ended.output;
  std::array<char, 40> bits{};
  std::snprintf(bits.data(), bits.size(), " securebits %x ",
                static_cast<unsigned>(prctl(PR_GET_SECUREBITS)));
  EXPECT_NE(ended.output.find(bits.data()), std::string::npos) << ended.output;
}

}  // namespace
}  // namespace bulkhead::probes
