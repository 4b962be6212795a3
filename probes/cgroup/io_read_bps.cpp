// A second's worth of blocks, read past the page cache: buffered reads may
// have been read ahead, and buffered writes are not yet I/O.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "probes/support/bystander.h"
#include "probes/support/disk_file.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::cgroup_io_read_bps {
namespace {

constexpr const char* kFact = "io.read_bps";
constexpr std::size_t kBlock = 64 << 10;
// What a disk of any kind exceeds, and a file may be.
constexpr std::size_t kMostRate = 8 << 20;
constexpr double kTolerance = 1.5;

struct Asked {
  std::string disk;
  std::size_t rate = 0;  // Whole blocks.
};

// The first disk of the fact with a rate that can be tried; none: rate 0.
Asked asked(const std::string& fact) {
  for (const std::string& line : split(fact, ';')) {
    const std::size_t space = line.find(' ');
    const auto rate = number(line.substr(space + 1));
    if (space != std::string::npos && rate && *rate >= kBlock &&
        *rate <= kMostRate) {
      return {line.substr(0, space), *rate / kBlock * kBlock};
    }
  }
  return {};
}

double now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_nsec) * 1e-9;
}

// 0 or an errno.
int read_blocks(int fd, std::size_t bytes) {
  alignas(4096) static std::array<char, kBlock> block;
  if (fcntl(fd, F_SETFL, O_DIRECT) != 0) return errno;
  for (std::size_t done = 0; done < bytes; done += kBlock) {
    const ssize_t some =
        pread(fd, block.data(), kBlock, static_cast<off_t>(done));
    if (some < 0) return errno;
    if (some != static_cast<ssize_t>(kBlock)) return ENODATA;
  }
  return 0;
}

// The file, or -1 with the reason.
int open_it(Inside& inside, Observation& why) {
  const std::string lacks = inside.planted("lacks");
  const std::string fact = inside.spec(kFact);
  if (!lacks.empty()) {
    why = absent(lacks);
  } else if (asked(fact).rate == 0) {
    why =
        fact_missing(kFact, fact.empty() ? "is missing" : "has no rate to try");
  } else {
    return borrow_disk_file(inside, why);
  }
  return -1;
}

Observation attempt(Inside& inside) {
  Observation why;
  const int fd = open_it(inside, why);
  if (fd < 0) return why;
  const std::size_t bytes = asked(inside.spec(kFact)).rate;
  const double start = now();
  const int error = read_blocks(fd, bytes);
  const double lasted = std::max(now() - start, 1e-9);
  close(fd);
  if (error == EINVAL) return absent("this file system has no direct I/O");
  if (error != 0) return broken("read: " + errno_name(error));
  const double times = 1 / lasted;
  std::array<char, 120> text{};
  std::snprintf(text.data(), text.size(),
                "%zu KiB in %.2f s: %.1f times what a second may have",
                bytes >> 10, lasted, times);
  return times > kTolerance ? reached(text.data()) : refused(0, text.data());
}

Observation witness(Inside& inside) {
  Observation why;
  const int fd = open_it(inside, why);
  if (fd < 0) {
    return why.outcome == Outcome::kAbsent ? works(why.evidence) : why;
  }
  const int error = read_blocks(fd, kBlock);
  close(fd);
  return error == 0 || error == EINVAL ? works("a block can be read")
                                       : broken("read: " + errno_name(error));
}

bool plant(Outside& outside) {
  const std::string fact = outside.spec(kFact);
  const Asked limit = asked(fact);
  if (limit.rate != 0) {
    return plant_disk_file(outside, limit.rate, Content::kWritten, limit.disk);
  }
  constexpr const char* kFiles[] = {
      "/sys/fs/cgroup/io.max",
      "/sys/fs/cgroup/blkio/blkio.throttle.read_bps_device"};
  const bool bounds = std::ranges::any_of(
      kFiles, [](const char* file) { return access(file, F_OK) == 0; });
  if (!bounds) {
    outside.tell("lacks", "no cgroup here bounds disks");
  } else if (fact.empty() && !outside.spec("bind.source").empty()) {
    // The harness's own spec, which asks for it wherever it finds a disk.
    outside.tell("lacks", "no disk below /var/tmp");
  }
  return true;
}

const Register kProbe{{
    .id = "cgroup/io-read-bps",
    .claim = "No more is read from a disk in a second than was asked for.",
    .watches = {"cgroup"},
    .references = {"OCI linux.resources.blockIO", "cgroups(7) io",
                   "open(2) O_DIRECT"},
    .remedy = "Set io.max before the workload starts.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = stop_bystander,
    .placement = Placement::kAlone,
    .as_asked = true,
    .seconds = 20,
}};

}  // namespace
}  // namespace bulkhead::probes::cgroup_io_read_bps
