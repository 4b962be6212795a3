#include "verify/filter_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "verify/facts.h"

namespace bulkhead::verify::filter_text_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Seccomp example() {
  Seccomp seccomp;
  seccomp.default_action = SeccompAction::kErrno;
  seccomp.default_errno_return = 38;
  seccomp.rules = {
      {{"read", "write"}, SeccompAction::kAllow, {}, {}},
      {{"personality"},
       SeccompAction::kAllow,
       {},
       {{0, 8, 0, SeccompCompare::kEqual}}},
      {{"clone"},
       SeccompAction::kAllow,
       {},
       {{0, 0x7e020000, 0, SeccompCompare::kMaskedEqual}}},
      {{"mount"}, SeccompAction::kErrno, 55, {}},
  };
  return seccomp;
}

TEST(FilterText, LxcGetsRulesWithTheirConditions) {
  EXPECT_EQ(lxc_filter(example()),
            "2\nallowlist errno 38\n"
            "read allow\nwrite allow\n"
            "personality allow [0,8,SCMP_CMP_EQ]\n"
            "clone allow [0,0,SCMP_CMP_MASKED_EQ,2114060288]\n"
            "mount errno 55\n");
}

TEST(FilterText, OciIsTheSeccompObjectAlone) {
  Spec spec;
  spec.seccomp = example();
  const auto object = nlohmann::json::parse(oci_filter(spec));
  EXPECT_EQ(object["defaultAction"], "SCMP_ACT_ERRNO");
  EXPECT_EQ(object["defaultErrnoRet"], 38);
  EXPECT_EQ(object["syscalls"].size(), 4U);
}

TEST(FilterText, DeniedIsWhatNoArgumentsPass) {
  const std::string denied = " " + denied_names(example(), " ") + " ";
  EXPECT_THAT(denied,
              AllOf(HasSubstr(" mount "), HasSubstr(" ptrace "),
                    Not(HasSubstr(" read ")), Not(HasSubstr(" personality ")),
                    Not(HasSubstr(" clone "))));
  EXPECT_THAT(denied_names(example(), ","), HasSubstr(",mount,"));
}

}  // namespace
}  // namespace bulkhead::verify::filter_text_test
