#include "probes/support/disk_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace bulkhead::probes {
namespace {

constexpr std::size_t kBytes = 1 << 20;

TEST(DiskFile, WhatIsInMemoryIsCounted) {
  const int fd = memfd_create("written", MFD_CLOEXEC);
  ASSERT_EQ(ftruncate(fd, kBytes), 0);
  EXPECT_EQ(resident_bytes(fd, kBytes), 0U);
  const std::string half(kBytes / 2, 'x');
  ASSERT_EQ(write(fd, half.data(), half.size()),
            static_cast<ssize_t>(half.size()));
  EXPECT_EQ(resident_bytes(fd, kBytes), kBytes / 2);
  close(fd);
  EXPECT_FALSE(resident_bytes(fd, kBytes));
}

/// Why a tmpfs will not do: reading a hole in it takes no memory.
TEST(DiskFile, AHoleOfAFileInMemoryIsReadAndTakesNone) {
  const int fd = memfd_create("hole", MFD_CLOEXEC);
  ASSERT_EQ(ftruncate(fd, kBytes), 0);
  EXPECT_EQ(read_through(fd, kBytes), 0);
  EXPECT_EQ(resident_bytes(fd, kBytes), 0U);
  EXPECT_EQ(read_through(fd, kBytes + 1), ENODATA);
  close(fd);
}

}  // namespace
}  // namespace bulkhead::probes
