// The caller's memory, mounts in its namespace, processes beside it.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <memory>

#include "bench/scale.h"
#include "bench/starts.h"
#include "runtime/base/file.h"

namespace bulkhead::bench {
namespace {

constexpr std::size_t kMb = 1 << 20;
constexpr std::size_t kPage = 4096;

/// Memory of this process that is really there, page by page.
class Ballast {
 public:
  Ballast() = default;
  Ballast(const Ballast&) = delete;
  Ballast& operator=(const Ballast&) = delete;
  ~Ballast() { drop(); }

  Status take(int mb) {
    drop();
    size_ = static_cast<std::size_t>(mb) * kMb;
    memory_ = mmap(nullptr, size_, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory_ == MAP_FAILED) return fail("ballast: mmap", errno);
    // Huge pages would have no page tables to be copied by a fork.
    madvise(memory_, size_, MADV_NOHUGEPAGE);
    auto* const bytes = static_cast<volatile char*>(memory_);
    for (std::size_t at = 0; at < size_; at += kPage) bytes[at] = 1;
    return {};
  }
  void drop() {
    if (memory_ != MAP_FAILED) munmap(memory_, size_);
    memory_ = MAP_FAILED;
  }

 private:
  void* memory_ = MAP_FAILED;
  std::size_t size_ = 0;
};

/// `MemAvailable` of the machine, in MB.
long available_mb() {
  const std::string text = read_file("/proc/meminfo").value_or(std::string());
  const auto at = text.find("MemAvailable:");
  constexpr long kKbPerMb = 1024;
  return at == std::string::npos
             ? 0
             : std::strtol(text.c_str() + at + 13, nullptr, 10) / kKbPerMb;
}

/// Mounts below a directory of the box, whose mount namespace is its own.
class Mounts {
 public:
  explicit Mounts(std::string directory) : directory_(std::move(directory)) {}
  Mounts(const Mounts&) = delete;
  Mounts& operator=(const Mounts&) = delete;
  ~Mounts() { drop(); }

  Status make(int count) {
    if (mkdir(directory_.c_str(), 0755) != 0 && errno != EEXIST) {
      return fail("mounts: mkdir", errno);
    }
    for (int i = 0; i < count; ++i) {
      const std::string path = directory_ + "/" + std::to_string(i);
      if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
        return fail("mounts: mkdir", errno);
      }
      if (mount(path.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) != 0) {
        return fail("mounts: bind number " + std::to_string(i), errno);
      }
      made_ = i + 1;
    }
    return {};
  }
  void drop() {
    while (made_ > 0) {
      const std::string path = directory_ + "/" + std::to_string(--made_);
      umount2(path.c_str(), MNT_DETACH);
    }
  }

 private:
  std::string directory_;
  int made_ = 0;
};

/// Idle processes in the box's pid namespace.
class Onlookers {
 public:
  Onlookers() = default;
  Onlookers(const Onlookers&) = delete;
  Onlookers& operator=(const Onlookers&) = delete;
  ~Onlookers() { drop(); }

  Status gather(int count) {
    for (int i = 0; i < count; ++i) {
      const pid_t pid = fork();
      if (pid < 0) {
        return fail("processes: fork number " + std::to_string(i), errno);
      }
      if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) pause();
      }
      pids_.push_back(pid);
    }
    return {};
  }
  void drop() {
    for (const pid_t pid : pids_) kill(pid, SIGKILL);
    for (const pid_t pid : pids_) {
      while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
      }
    }
    pids_.clear();
  }

 private:
  std::vector<pid_t> pids_;
};

}  // namespace

Group measure_rss(Ground& ground) {
  const auto ballast = std::make_shared<Ballast>();
  std::vector<Variant> variants = floor_and_cold(ground, "rss");
  variants.push_back({.name = "fork+exec",
                      .about = "what a caller pays whose runtime forks",
                      .baseline = kFloor,
                      .once = [&ground] { return fork_once(ground); }});
  const auto enter = [ballast](int mb) -> Status {
    // The machine is not ours alone.
    if (available_mb() < 2L * mb) {
      return fail("this machine has not twice that much memory to spare");
    }
    return ballast->take(mb);
  };
  return measure_levels(
      ground,
      {.name = "rss",
       .title = "The caller's resident memory",
       .unit = "MB",
       .levels = ground.effort.quick ? std::vector{10, 64}
                                     : std::vector{10, 100, 1024},
       .enter = enter,
       .leave = [ballast] { ballast->drop(); }},
      variants);
}

Group measure_mounts(Ground& ground) {
  const auto mounts = std::make_shared<Mounts>(ground.directory + "/mounts");
  return measure_levels(
      ground,
      {.name = "mounts",
       .title = "More mounts in the caller's namespace",
       .unit = "",
       .levels =
           ground.effort.quick ? std::vector{0, 20} : std::vector{0, 100, 1000},
       .enter = [mounts](int count) { return mounts->make(count); },
       .leave = [mounts] { mounts->drop(); }},
      floor_and_cold(ground, "mounts"));
}

Group measure_processes(Ground& ground) {
  const auto crowd = std::make_shared<Onlookers>();
  return measure_levels(
      ground,
      {.name = "processes",
       .title = "More processes beside the caller, idle",
       .unit = "",
       .levels =
           ground.effort.quick ? std::vector{0, 50} : std::vector{0, 2000},
       .enter = [crowd](int count) { return crowd->gather(count); },
       .leave = [crowd] { crowd->drop(); }},
      floor_and_cold(ground, "processes"));
}

}  // namespace bulkhead::bench
