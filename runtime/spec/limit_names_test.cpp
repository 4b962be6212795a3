#include "runtime/spec/limit_names.h"

#include <gtest/gtest.h>

namespace bulkhead {
namespace {

TEST(HugepageSize, IsSpelledAsTheKernelDoes) {
  EXPECT_EQ(hugepage_bytes("64KB"), 64U << 10);
  EXPECT_EQ(hugepage_bytes("2MB"), 2U << 20);
  EXPECT_EQ(hugepage_bytes("1GB"), 1U << 30);
  EXPECT_EQ(hugepage_name(512ULL << 20), "512MB");
}

TEST(HugepageSize, IsNothingThatWouldNameAnotherFile) {
  for (const char* text :
       {"", "B", "MB", "2", "2M", "2mB", "2mb", "0MB", "3MB", "2048KB",
        "1024MB", "02MB", "+2MB", "../2MB", "2MB/", "2TB", "-2MB"}) {
    EXPECT_FALSE(hugepage_bytes(text)) << text;
  }
}

}  // namespace
}  // namespace bulkhead
