// What is read from a disk is kept in memory, and counts for whoever read it.
// Past the limit nothing is refused: the kernel drops what was read before.
#include <unistd.h>

#include "probes/support/bystander.h"
#include "probes/support/child.h"
#include "probes/support/disk_file.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::cgroup_memory_page_cache {
namespace {

constexpr std::size_t kMebibyte = 1 << 20;
constexpr std::size_t kBeyond = 32 * kMebibyte;
constexpr std::size_t kMostBytes = 512 * kMebibyte;

std::string mebibytes(std::size_t bytes) {
  return std::to_string(bytes / kMebibyte) + " MiB";
}

// How large the file is; 0: no limit to exceed, or one that is too large.
std::size_t size_for(const std::string& limit) {
  const auto bytes = number(limit);
  return bytes && *bytes <= kMostBytes ? *bytes + kBeyond : 0;
}

// The file, or -1 with the reason.
int open_it(Inside& inside, Observation& why) {
  if (inside.spec("memory.max").empty()) {
    why = fact_missing("memory.max");
    return -1;
  }
  if (size_for(inside.spec("memory.max")) == 0) {
    why = broken("memory.max is too large to try");
    return -1;
  }
  return borrow_disk_file(inside, why);
}

Observation fill(int fd, std::size_t bytes, std::size_t limit) {
  const int error = read_through(fd, bytes);
  if (error != 0) return refused(error, "read: " + errno_name(error));
  const auto kept = resident_bytes(fd, bytes);
  if (!kept) return broken("mincore: " + errno_name(errno));
  const std::string text = "of " + mebibytes(bytes) + " that were read, " +
                           mebibytes(*kept) + " are in memory";
  return *kept > limit ? reached(text) : refused(0, text);
}

Observation attempt(Inside& inside) {
  Observation why;
  const int fd = open_it(inside, why);
  if (fd < 0) return why;
  const std::size_t bytes = size_for(inside.spec("memory.max"));
  Observation seen = in_child(
      [=] { return fill(fd, bytes, bytes - kBeyond); },
      [](int signal) {
        return Observation{Outcome::kRefused, 0, signal, "killed on the way"};
      });
  close(fd);
  return seen;
}

// It is reclaimed, not refused: a limit that keeps files from being read is one
// that blocks too much.
Observation witness(Inside& inside) {
  Observation why;
  const int fd = open_it(inside, why);
  if (fd < 0) {
    return why.outcome == Outcome::kAbsent ? works(why.evidence) : why;
  }
  const std::size_t bytes = size_for(inside.spec("memory.max"));
  Observation seen = in_child([=] {
    const int error = read_through(fd, bytes);
    const auto kept = resident_bytes(fd, bytes);
    if (error != 0) return broken("read: " + errno_name(error));
    return kept && *kept > 0 ? works(mebibytes(bytes) + " can be read")
                             : broken("nothing of what was read is in memory");
  });
  close(fd);
  return seen;
}

bool plant(Outside& outside) {
  const std::size_t bytes = size_for(outside.spec("memory.max"));
  return bytes == 0 || plant_disk_file(outside, bytes, Content::kHole);
}

const Register kProbe{{
    .id = "cgroup/memory-page-cache",
    .claim = "What is read from files takes no more memory than the limit.",
    .watches = {"cgroup"},
    .references = {"OCI linux.resources.memory", "cgroups(7) memory",
                   "mincore(2)"},
    .remedy = "Set memory.max before the workload starts.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = stop_bystander,
    .placement = Placement::kAlone,
    .seconds = 20,
}};

}  // namespace
}  // namespace bulkhead::probes::cgroup_memory_page_cache
