#include "runtime/spec/names.h"

#include <gtest/gtest.h>
#include <linux/capability.h>

#include <cerrno>
#include <fstream>

#include "runtime/spec/cpu_weight.h"
#include "runtime/spec/mount_options.h"
#include "runtime/spec/paths.h"

namespace bulkhead {
namespace {

TEST(CapabilityNames, AreThoseOfTheKernelHeader) {
  EXPECT_EQ(capability_name(CAP_CHOWN), "CAP_CHOWN");
  EXPECT_EQ(capability_name(CAP_SYS_ADMIN), "CAP_SYS_ADMIN");
  EXPECT_EQ(capability_name(CAP_MAC_OVERRIDE), "CAP_MAC_OVERRIDE");
  EXPECT_EQ(capability_name(CAP_CHECKPOINT_RESTORE), "CAP_CHECKPOINT_RESTORE");
  EXPECT_EQ(kCapabilityCount, CAP_LAST_CAP + 1U);
}

TEST(CapabilityNames, GoThereAndBack) {
  for (unsigned number = 0; number < 64; ++number) {
    EXPECT_EQ(capability_named(capability_name(number)), number);
  }
  EXPECT_EQ(capability_named("net_raw"), unsigned{CAP_NET_RAW});
  for (const char* bad : {"", "CAP_", "CAP_64", "41", "CAP_NONE", "CAP_-1"}) {
    EXPECT_FALSE(capability_named(bad)) << bad;
  }
}

TEST(CapabilityNames, EndWhereTheRunningKernelEnds) {
  unsigned last = 0;
  std::ifstream("/proc/sys/kernel/cap_last_cap") >> last;
  ASSERT_GT(last, 0U);
  EXPECT_EQ(running_capabilities(), (CapabilityMask{2} << last) - 1);
}

TEST(RlimitNames, GoThereAndBack) {
  for (int resource = 0; resource < RLIM_NLIMITS; ++resource) {
    ASSERT_FALSE(rlimit_name(resource).empty()) << resource;
    EXPECT_EQ(rlimit_named(rlimit_name(resource)), resource);
  }
  EXPECT_EQ(rlimit_named("nofile"), int{RLIMIT_NOFILE});
  EXPECT_FALSE(rlimit_named("RLIMIT_NONE"));
  EXPECT_TRUE(rlimit_name(RLIM_NLIMITS).empty());
}

TEST(ErrnoNames, AreReadByNameAndNumber) {
  EXPECT_EQ(errno_named("EPERM"), std::uint32_t{EPERM});
  EXPECT_EQ(errno_named("enotsock"), std::uint32_t{ENOTSOCK});
  EXPECT_EQ(errno_named("88"), 88U);
  for (const char* bad : {"0", "4096", "ENOTHING", "", "-1"}) {
    EXPECT_FALSE(errno_named(bad)) << bad;
  }
}

TEST(Paths, KnowDotDot) {
  for (const char* bad : {"..", "/..", "/a/../b", "a/..", "../a", "/a//..//"}) {
    EXPECT_TRUE(has_dot_dot(bad)) << bad;
  }
  for (const char* good : {"", "/", "/a..b", "/..a", "/...", "/a/b.."}) {
    EXPECT_FALSE(has_dot_dot(good)) << good;
  }
}

TEST(Paths, AreCleaned) {
  EXPECT_EQ(clean_path("/dev//./shm/"), "/dev/shm");
  EXPECT_EQ(clean_path("//"), "/");
  EXPECT_EQ(clean_path("a//b/"), "a/b");
  EXPECT_EQ(clean_path("."), ".");
  EXPECT_TRUE(is_under("/dev/pts", "/dev/"));
  EXPECT_TRUE(is_under("/dev", "/dev"));
  EXPECT_FALSE(is_under("/device", "/dev"));
  EXPECT_FALSE(is_under("/", "/dev"));
}

TEST(Sizes, TakeSuffixesAndRefuseTheRest) {
  EXPECT_EQ(size_named("64M"), 64ULL << 20);
  EXPECT_EQ(size_named("65536k"), 64ULL << 20);
  EXPECT_EQ(size_named("1g"), 1ULL << 30);
  EXPECT_EQ(size_named("0"), 0U);
  EXPECT_EQ(size_named("16777215T"), 16777215ULL << 40);
  for (const char* bad : {"", "M", "1.5M", "-1", "1MB", " 1", "16777216T",
                          "99999999999999999999", "10%"}) {
    EXPECT_FALSE(size_named(bad)) << bad;
  }
}

TEST(CpuWeight, SurvivesTheWayToSharesAndBack) {
  EXPECT_EQ(weight_of_shares(2), 1U);
  EXPECT_EQ(weight_of_shares(262144), 10000U);
  EXPECT_EQ(weight_of_shares(1024), 39U);
  for (std::uint64_t weight = 1; weight <= 10000; ++weight) {
    const std::uint64_t shares = shares_of_weight(weight);
    ASSERT_GE(shares, kMinCpuShares);
    ASSERT_LE(shares, kMaxCpuShares);
    ASSERT_EQ(weight_of_shares(shares), weight);
  }
}

}  // namespace
}  // namespace bulkhead
