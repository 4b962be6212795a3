#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>

#include "runtime/plan/seccomp_compile.h"
#include "runtime/plan/seccomp_multiplexed.h"
#include "runtime/plan/seccomp_overruled.h"
#include "runtime/plan/seccomp_split.h"
#include "runtime/spec/presets.h"

namespace bulkhead {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using enum SeccompAction;
using enum SeccompCompare;

SeccompRule errno_rule(const std::string& name, std::uint32_t error,
                       std::vector<SeccompArgument> arguments = {}) {
  return {{name}, kErrno, error, std::move(arguments)};
}

SeccompRule allow_rule(const std::string& name,
                       std::vector<SeccompArgument> arguments = {}) {
  return {{name}, kAllow, std::nullopt, std::move(arguments)};
}

SeccompArgument equal(std::uint32_t index, std::uint64_t value) {
  return {index, value, 0, kEqual};
}

Seccomp policy(SeccompAction otherwise, std::vector<SeccompRule> rules,
               std::vector<std::string> architectures = {"SCMP_ARCH_X86_64",
                                                         "SCMP_ARCH_X86"}) {
  return {otherwise, std::nullopt, std::move(architectures), std::move(rules)};
}

std::string refusal(const Seccomp& seccomp) {
  const auto program = compile_seccomp(seccomp);
  EXPECT_FALSE(program);
  return program ? "" : program.error().message();
}

TEST(CompileSeccomp, RefusesRulesThatMeetInAMultiplexedEntry) {
  // libseccomp takes the second back on every architecture.
  EXPECT_THAT(
      refusal(policy(kAllow, {errno_rule("socket", 55, {equal(0, 38)}),
                              errno_rule("socket", 1, {equal(0, 40)})})),
      AllOf(HasSubstr("socket"), HasSubstr("argument 0 == 40"),
            HasSubstr("errno 1"), HasSubstr("argument 0 == 38"),
            HasSubstr("errno 55"), HasSubstr("SCMP_ARCH_X86")));
}

TEST(CompileSeccomp, TakesTheSameRulesWhereNothingIsMultiplexed) {
  EXPECT_TRUE(compile_seccomp(policy(kAllow,
                                     {errno_rule("socket", 55, {equal(0, 38)}),
                                      errno_rule("socket", 1, {equal(0, 40)})},
                                     {"SCMP_ARCH_X86_64"})));
}

TEST(CompileSeccomp, RefusesRulesThatDecideTheSameCallDifferently) {
  // Of these libseccomp keeps one, and says nothing.
  const SeccompRule narrow =
      errno_rule("personality", 5, {equal(0, 0), equal(1, 1)});
  const SeccompRule wide = {{"personality"}, kLog, std::nullopt, {}};
  for (const auto& rules : {std::vector{wide, narrow}, {narrow, wide}}) {
    EXPECT_THAT(refusal(policy(kAllow, rules)),
                AllOf(HasSubstr("personality"), HasSubstr("errno 5"),
                      HasSubstr("log")));
  }
}

TEST(CompileSeccomp, OfTwoRulesWithoutArgumentsTheFirstHolds) {
  // As Podman's profile says it for a container without CAP_SYS_ADMIN.
  const Seccomp twice = policy(
      kTrap, {{{"setns", "unshare"}, kAllow, {}, {}}, errno_rule("setns", 1)});
  EXPECT_EQ(*compile_seccomp_list(twice),
            *compile_seccomp_list(
                policy(kTrap, {{{"setns", "unshare"}, kAllow, {}, {}}})));
  EXPECT_THAT(overruled_notes(twice),
              ElementsAre(AllOf(HasSubstr("setns"), HasSubstr("→ allow; not"),
                                HasSubstr("errno 1"))));
  EXPECT_THAT(overruled_notes(
                  policy(kTrap, {allow_rule("setns"), allow_rule("setns")})),
              ElementsAre());
}

TEST(CompileSeccomp, ARuleThatSaysWhatTheDefaultSaysOverrulesNone) {
  // libseccomp never has the first, and other runtimes allow it.
  EXPECT_THAT(
      refusal({kErrno, 1, {}, {errno_rule("setns", 1), allow_rule("setns")}}),
      HasSubstr("setns"));
}

TEST(CompileSeccomp, ARuleThatSaysWhatTheDefaultSaysIsARule) {
  EXPECT_THAT(
      refusal(policy(kErrno, {errno_rule("personality", 1, {equal(0, 8)}),
                              allow_rule("personality")})),
      HasSubstr("personality"));
}

TEST(CompileSeccomp, ClosesTheMultiplexerThatHidesAnAllowedArgument) {
  // socketcall's arguments are in memory: whatever the family, it would pass.
  const SeccompRule unix_only = allow_rule("socket", {equal(0, 1)});
  const Seccomp closed = policy(kErrno, {unix_only});
  EXPECT_TRUE(compile_seccomp(closed));
  EXPECT_THAT(multiplexer_notes(closed),
              ElementsAre(AllOf(HasSubstr("socketcall is denied"),
                                HasSubstr("for socket"))));
  // One that the policy speaks of by its command is not ours to close.
  EXPECT_THAT(refusal(policy(kErrno, {unix_only, allow_rule("socketcall",
                                                            {equal(0, 3)})})),
              AllOf(HasSubstr("argument 0 == 1"),
                    HasSubstr(R"({"names": ["socketcall"], "action": )"
                              R"("SCMP_ACT_ERRNO"})"),
                    HasSubstr("leave SCMP_ARCH_X86 out")));
  EXPECT_TRUE(compile_seccomp(
      policy(kErrno, {unix_only, errno_rule("socketcall", 38)})));
  const Seccomp open = policy(kErrno, {unix_only, allow_rule("socketcall")});
  EXPECT_TRUE(compile_seccomp(open));
  EXPECT_THAT(multiplexer_notes(open),
              ElementsAre(HasSubstr("socketcall is allowed, as asked")));
  EXPECT_TRUE(
      compile_seccomp(policy(kErrno, {unix_only}, {"SCMP_ARCH_X86_64"})));
}

TEST(CompileSeccomp, RefusesADeniedArgumentThatAMultiplexerHides) {
  // libseccomp compares the protocol with a pointer of socketcall's.
  EXPECT_THAT(
      refusal(policy(kAllow, {errno_rule("socket", 1, {equal(2, 132)})})),
      HasSubstr("socketcall"));
  EXPECT_TRUE(compile_seccomp(
      policy(kAllow, {errno_rule("socket", 1, {equal(0, 40)})})));
}

TEST(CompileSeccomp, DoesWithoutWhatLibseccompMergesWrongly) {
  // Both say errno 55, yet its filter answers 55 where neither holds.
  const Seccomp merged = policy(
      kErrno,
      {errno_rule("personality", 55,
                  {{0, 3, 0, kNotEqual}, {1, 1, 0, kNotEqual}}),
       errno_rule(
           "personality", 55,
           {{0, 2, 0, kNotEqual}, {1, 2, 0, kMaskedEqual}, {2, 5, 0, kEqual}})},
      {"SCMP_ARCH_X86_64"});
  const auto list = compile_seccomp_list(merged);
  ASSERT_FALSE(list);
  EXPECT_THAT(list.error().message(), HasSubstr("personality"));
  EXPECT_TRUE(compile_seccomp(merged));
}

TEST(CompileSeccomp, ComparesAllOfAnArgumentOnX32) {
  // As moby's profile and Podman's have it; libseccomp compares 32 bits.
  const Seccomp x32 =
      policy(kErrno,
             {allow_rule("personality", {equal(0, 0)}),
              allow_rule("personality", {equal(0, UINT32_MAX)})},
             {"SCMP_ARCH_X86_64", "SCMP_ARCH_X32"});
  EXPECT_FALSE(compile_seccomp_list(x32));
  EXPECT_TRUE(compile_seccomp(x32));
}

TEST(CompileSeccomp, TakesMoreThanTheKernelDoes) {
  // As a list; a tree of it is short enough.
  Seccomp many = policy(kErrno, {}, {"SCMP_ARCH_X86_64"});
  const Seccomp oci = *make_preset(Preset::kOci).seccomp;
  for (const std::string& name : oci.rules[0].names) {
    for (std::uint64_t value = 0; value < 3; ++value) {
      many.rules.push_back(
          allow_rule(name, {equal(1, value), equal(2, value)}));
    }
  }
  ASSERT_GT(split_seccomp(many).code.size() / sizeof(sock_filter),
            std::size_t{BPF_MAXINSNS});
  const auto program = compile_seccomp(many);
  ASSERT_TRUE(program) << program.error().message();
  EXPECT_LE(program->size() / sizeof(sock_filter), std::size_t{BPF_MAXINSNS});
}

TEST(CompileSeccomp, TakesRulesTwiceAndRulesThatNeverMeet) {
  const SeccompRule once = errno_rule("personality", 5, {equal(0, 1)});
  const SeccompRule other = {
      {"personality"}, kLog, std::nullopt, {{0, 1, 0, kNotEqual}}};
  EXPECT_TRUE(compile_seccomp(policy(kAllow, {once, once, other})));
}

TEST(CompileSeccomp, TakesThePresets) {
  for (const Preset preset : {Preset::kHardened, Preset::kOci}) {
    const auto program = compile_seccomp(*make_preset(preset).seccomp);
    EXPECT_TRUE(program) << program.error().message();
  }
}

}  // namespace
}  // namespace bulkhead
