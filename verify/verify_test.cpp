// Whole runs, in a real crash box. Needs root; the runtimes that stand in for
// subjects are whatever is installed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verify/verify_fixture.h"

namespace bulkhead::verify::verify_test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

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

}  // namespace
}  // namespace bulkhead::verify::verify_test
