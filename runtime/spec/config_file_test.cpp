#include "runtime/spec/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bulkhead {
namespace {

TEST(ConfigFile, IsReadWholeWhereItDoesNotSayHowLongItIs) {
  // stat(2) has 0 bytes for a file of /proc.
  const auto text = read_config_file("/proc/self/status");
  ASSERT_TRUE(text) << text.error().message();
  EXPECT_THAT(*text, testing::StartsWith("Name:\tspec_test\n"));
  EXPECT_THAT(*text, testing::HasSubstr("\nnonvoluntary_ctxt_switches:"));
}

}  // namespace
}  // namespace bulkhead
