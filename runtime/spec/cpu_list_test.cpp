#include "runtime/spec/cpu_list.h"

#include <gtest/gtest.h>

namespace bulkhead {
namespace {

TEST(CpuList, IsShownAsTheKernelShowsIt) {
  EXPECT_EQ(cpu_list("0", kMaxCpu), "0");
  EXPECT_EQ(cpu_list("5,0-2,3", kMaxCpu), "0-3,5");
  EXPECT_EQ(cpu_list("1,1,1-1", kMaxCpu), "1");
  EXPECT_EQ(cpu_list("0-8191", kMaxCpu), "0-8191");
  EXPECT_EQ(cpu_list("4-6,0-9", kMaxCpu), "0-9");
}

TEST(CpuList, IsNothingElse) {
  for (const char* text : {"",
                           ",",
                           "0,",
                           ",0",
                           "-",
                           "0-",
                           "-1",
                           "3-1",
                           "a",
                           "0-a",
                           "0 1",
                           " 0",
                           "0\n",
                           "+1",
                           "0-1-2",
                           "0-7:1/2",
                           "8192",
                           "0-8192",
                           "18446744073709551616",
                           "0,18446744073709551615"}) {
    EXPECT_FALSE(cpu_list(text, kMaxCpu)) << '"' << text << '"';
  }
  EXPECT_FALSE(cpu_list("1024", kMaxMemoryNode));
}

}  // namespace
}  // namespace bulkhead
