#include "runtime/plan/seccomp_tree.h"

#include <gtest/gtest.h>

#include <cstring>

#include "runtime/plan/bpf_meaning.h"
#include "runtime/plan/bpf_test_code.h"
#include "runtime/plan/seccomp_compile.h"
#include "runtime/spec/presets.h"

namespace bulkhead {
namespace {

Code compiled(const Result<std::string>& program) {
  EXPECT_TRUE(program) << program.error().message();
  Code code(program->size() / sizeof(sock_filter));
  std::memcpy(code.data(), program->data(), program->size());
  return code;
}

TEST(SeccompTree, IsAFractionOfTheListAndTheSame) {
  for (const Preset preset : {Preset::kHardened, Preset::kOci}) {
    const Seccomp policy = *make_preset(preset).seccomp;
    const Code list = compiled(compile_seccomp_list(policy));
    const Code tree = compiled(compile_seccomp(policy));
    EXPECT_LT(3 * tree.size(), list.size()) << name_of(preset);
    EXPECT_TRUE(proven_equal(list, tree)) << name_of(preset);
  }
}

TEST(SeccompTree, AsksNothingThatChangesNothing) {
  const Code list = {load(0),
                     jump(BPF_JEQ, 5, 0, 4),
                     load(4),
                     jump(BPF_JEQ, 1, 2, 0),
                     jump(BPF_JEQ, 2, 1, 0),
                     refuse(1),
                     refuse(1)};
  const auto tree = as_tree(list);
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->size(), 1U);
}

TEST(SeccompTree, ReachesFartherThanOneJump) {
  // Every number answers otherwise, and asks for an argument first.
  Code list = {load(0)};
  constexpr std::uint32_t kNumbers = 300;
  for (std::uint32_t number = 0; number < kNumbers; ++number) {
    for (const sock_filter& next :
         {jump(BPF_JEQ, number, 0, 5), load(4), jump(BPF_JEQ, number, 1, 0),
          refuse(1), refuse(2 + number), load(0), load(0), load(0)}) {
      list.push_back(next);
    }
  }
  list.push_back(refuse(0));
  const auto tree = as_tree(list);
  ASSERT_TRUE(tree);
  EXPECT_GT(tree->size(), std::size_t{3 * kNumbers});
  EXPECT_TRUE(proven_equal(list, *tree));
}

TEST(SeccompTree, IsNoneWithoutAProof) {
  Code list =
      compiled(compile_seccomp_list(*make_preset(Preset::kHardened).seccomp));
  EXPECT_TRUE(as_tree(list));
  list.insert(list.begin(), BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0));
  EXPECT_FALSE(as_tree(list));
  EXPECT_FALSE(as_tree(Code{refuse(1)}));  // Nothing is shorter.
}

}  // namespace
}  // namespace bulkhead
