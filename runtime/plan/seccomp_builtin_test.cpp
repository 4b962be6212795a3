#include "runtime/plan/seccomp_builtin.h"

#include <gtest/gtest.h>

#include <cstring>

#include "runtime/plan/bpf_meaning.h"
#include "runtime/plan/seccomp_compile.h"
#include "runtime/plan/seccomp_text.h"
#include "runtime/spec/presets.h"
#include "runtime/spec/seccomp_profile.h"

namespace bulkhead {
namespace {

std::vector<sock_filter> code_of(const Result<std::string>& program) {
  EXPECT_TRUE(program) << program.error().message();
  std::vector<sock_filter> code(program->size() / sizeof(sock_filter));
  std::memcpy(code.data(), program->data(), program->size());
  return code;
}

TEST(BuiltinFilter, IsLibseccompsForEachPreset) {
  for (const Preset preset : {Preset::kHardened, Preset::kOci}) {
    const Seccomp policy = *make_preset(preset).seccomp;
    const auto filter = builtin_filter(policy);
    ASSERT_TRUE(filter) << name_of(preset);
    EXPECT_TRUE(proven_equal(code_of(compile_seccomp_list(policy)), *filter));
    const std::string compiled = *compile_seccomp(policy);
    ASSERT_EQ(filter->size_bytes(), compiled.size());
    EXPECT_EQ(std::memcmp(filter->data(), compiled.data(), compiled.size()), 0);
  }
}

TEST(BuiltinFilter, IsOfNoOtherPolicy) {
  const Seccomp preset = *make_preset(Preset::kHardened).seccomp;
  EXPECT_FALSE(builtin_filter({}));
  EXPECT_FALSE(builtin_filter(hardened_profile(1U << 21, EPERM)));
  EXPECT_FALSE(builtin_filter(hardened_profile(0, EACCES)));
  Seccomp policy = preset;
  policy.architectures.emplace_back("SCMP_ARCH_X86");
  EXPECT_FALSE(builtin_filter(policy));
  for (std::size_t i = 0; i < preset.rules.size(); ++i) {
    policy = preset;
    policy.rules[i].action = SeccompAction::kLog;
    EXPECT_FALSE(builtin_filter(policy)) << i;
    policy = preset;
    policy.rules[i].errno_return = 77;
    EXPECT_FALSE(builtin_filter(policy)) << i;
    policy = preset;
    policy.rules[i].names.back() += "x";
    EXPECT_FALSE(builtin_filter(policy)) << i;
    policy = preset;
    policy.rules[i].arguments.push_back({});
    EXPECT_FALSE(builtin_filter(policy)) << i;
    policy = preset;
    policy.rules.erase(policy.rules.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(builtin_filter(policy)) << i;
  }
}

TEST(SeccompText, TellsPoliciesApartByEveryWord) {
  const auto text = [](std::vector<std::string> names) {
    return seccomp_text({.rules = {{.names = std::move(names)}}});
  };
  EXPECT_NE(text({"ab", "c"}), text({"a", "bc"}));
  EXPECT_NE(text({"ab"}), text({"a", "b"}));
  EXPECT_NE(text({std::string(300, 'a')}), text({std::string(300 - 256, 'a')}));
  SeccompRule rule = {.names = {"a"}};
  const auto of_argument = [&](SeccompArgument argument) {
    rule.arguments = {argument};
    return seccomp_text({.rules = {rule}});
  };
  const std::string plain = of_argument({});
  EXPECT_NE(of_argument({.index = 1}), plain);
  EXPECT_NE(of_argument({.value = 1}), plain);
  EXPECT_NE(of_argument({.value_two = 1}), plain);
  EXPECT_NE(of_argument({.compare = SeccompCompare::kLess}), plain);
  EXPECT_NE(seccomp_text({.default_errno_return = 0}), seccomp_text({}));
}

TEST(SeccompText, IsItsPolicysToTheLastByte) {
  const Seccomp policy = {.rules = {{.names = {"a"}, .arguments = {{}}}}};
  const auto is_text = [&policy](std::string_view text) {
    return is_seccomp_text(
        {reinterpret_cast<const unsigned char*>(text.data()), text.size()},
        policy);
  };
  const std::string text = seccomp_text(policy);
  EXPECT_TRUE(is_text(text));
  EXPECT_FALSE(is_text(text + '\0'));
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_FALSE(is_text(text.substr(0, i))) << i;
    std::string other = text;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_FALSE(is_text(other)) << i;
  }
}

}  // namespace
}  // namespace bulkhead
