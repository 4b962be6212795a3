#include "verify/rootfs.h"

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

namespace bulkhead::verify::rootfs_test {
namespace {

std::vector<std::byte> bytes_of(const std::string& text) {
  std::vector<std::byte> bytes(text.size());
  std::ranges::transform(text, bytes.begin(),
                         [](char c) { return static_cast<std::byte>(c); });
  return bytes;
}

const probes::FrameKey kKey = {1, 2,  3,  4,  5,  6,  7,  8,
                               9, 10, 11, 12, 13, 14, 15, 16};
const std::string kSlot =
    std::string(probes::kKeyMarker) + '\1' + std::string(15, '\0');

TEST(Rootfs, TheKeyGoesIntoTheSlotAndNowhereElse) {
  const std::string before =
      "head" + std::string(probes::kKeyMarker) + "no slot, text" + kSlot;
  const auto keyed = with_key(bytes_of(before + "tail"), kKey);
  ASSERT_TRUE(keyed) << keyed.error().message();
  std::string expected = before;
  for (std::size_t i = 0; i < kKey.size(); ++i) {
    expected[expected.size() - 16 + i] = static_cast<char>(kKey[i]);
  }
  EXPECT_EQ(*keyed, bytes_of(expected + "tail"));
}

TEST(Rootfs, ABinaryWithoutExactlyOneSlotIsRefused) {
  EXPECT_FALSE(with_key(bytes_of("no marker"), kKey));
  EXPECT_FALSE(with_key(bytes_of(kSlot + kSlot), kKey));
  EXPECT_FALSE(with_key(bytes_of(std::string(probes::kKeyMarker)), kKey));
}

TEST(Rootfs, FixturesHaveTheirOwnersAndCapabilities) {
  if (geteuid() != 0) {
    ASSERT_EQ(std::getenv("BULKHEAD_MUST_RUN"), nullptr) << "needs root";
    GTEST_SKIP() << "needs root";
  }
  std::string directory = testing::TempDir() + "rootfsXXXXXX";
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  const std::string root = directory + "/rootfs";
  constexpr uid_t kOwner = 5000;
  EXPECT_TRUE(build_rootfs(root, bytes_of("binary"), "nonce", kOwner));
  struct stat status {};
  EXPECT_EQ(stat((root + "/fixtures/plain").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, kOwner);
  // Where the owner is root, and where the host's root is.
  for (const auto& [name, expected] :
       {std::pair{"caps-probe", kOwner},
        std::pair{"host-caps-probe", uid_t{0}}}) {
    vfs_ns_cap_data capabilities{};
    const std::string path = root + "/fixtures/" + name;
    EXPECT_GT(getxattr(path.c_str(), "security.capability", &capabilities,
                       sizeof capabilities),
              0)
        << path << ": " << strerror(errno);
    EXPECT_EQ(expected, capabilities.rootid) << path;
  }
  EXPECT_EQ(stat((root + "/fixtures/foreign").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, kOwner + 1000);
  EXPECT_EQ(stat((root + "/fixtures/suid-probe").c_str(), &status), 0);
  EXPECT_NE(status.st_mode & S_ISUID, 0U);
  std::filesystem::remove_all(directory);
}

TEST(Rootfs, EveryKeyIsNew) { EXPECT_NE(make_key(), make_key()); }

}  // namespace
}  // namespace bulkhead::verify::rootfs_test
