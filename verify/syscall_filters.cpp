#include "verify/syscall_filters.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <bit>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include "runtime/base/file.h"

namespace bulkhead::verify {
namespace {

namespace fs = std::filesystem;

// The kernel bounds what a process may hold to 32768 instructions.
constexpr unsigned kMostFilters = 4096;

std::string proc_file(pid_t pid, const char* name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

/// The words after "`name`:" in /proc/PID/status; none if there is none.
std::vector<std::string> status_field(pid_t pid, std::string_view name) {
  const auto text = read_file(proc_file(pid, "status"));
  if (!text) return {};
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name) || line.substr(name.size(), 1) != ":") continue;
    std::istringstream words(line.substr(name.size() + 1));
    return {std::istream_iterator<std::string>(words), {}};
  }
  return {};
}

bool runs(pid_t pid, const std::string& cmdline, int inner_pid) {
  const auto found = read_file(proc_file(pid, "cmdline"));
  if (!found || *found != cmdline) return false;
  const auto numbers = status_field(pid, "NSpid");
  return !numbers.empty() && numbers.back() == std::to_string(inner_pid);
}

/// A process stopped by this one; let go in the end.
class Stopped {
 public:
  static Result<Stopped> stop(pid_t pid) {
    if (ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) != 0) {
      return fail("PTRACE_SEIZE", errno);
    }
    Stopped stopped(pid);
    if (ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr) != 0) {
      return fail("PTRACE_INTERRUPT", errno);
    }
    int status = 0;
    while (waitpid(pid, &status, __WALL) < 0) {
      if (errno != EINTR) return fail("wait for a tracee", errno);
    }
    if (!WIFSTOPPED(status)) {
      stopped.pid_ = -1;
      return fail("the process ended before its filters were read");
    }
    return stopped;
  }
  Stopped(Stopped&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Stopped& operator=(Stopped&&) = delete;
  ~Stopped() {
    if (pid_ > 0) ptrace(PTRACE_DETACH, pid_, nullptr, nullptr);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  explicit Stopped(pid_t pid) : pid_(pid) {}
  pid_t pid_;
};

/// Filter `index`, counted from the oldest (what ptrace(2) says of the order
/// is not what the kernel does); nothing past the newest.
Result<std::optional<BpfFilter>> read_filter(pid_t pid, unsigned index) {
  const auto address = std::bit_cast<void*>(std::uintptr_t{index});
  const long length = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, address, nullptr);
  if (length < 0 && errno == ENOENT) return std::optional<BpfFilter>{};
  if (length <= 0) {
    // Without that option the kernel has no answer but EINVAL.
    return fail("PTRACE_SECCOMP_GET_FILTER", errno,
                errno == EINVAL ? "it needs CONFIG_CHECKPOINT_RESTORE"
                                : "it takes root without a filter of its own");
  }
  std::vector<sock_filter> code(static_cast<std::size_t>(length));
  if (ptrace(PTRACE_SECCOMP_GET_FILTER, pid, address, code.data()) != length) {
    return fail("PTRACE_SECCOMP_GET_FILTER", errno);
  }
  auto filter = BpfFilter::make(std::move(code));
  if (!filter) return tl::unexpected(filter.error());
  return std::optional<BpfFilter>(std::move(*filter));
}

}  // namespace

Result<pid_t> find_process(const std::vector<std::string>& argv,
                           int inner_pid) {
  std::string cmdline;
  for (const std::string& word : argv) cmdline += word + '\0';
  std::vector<pid_t> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const char* end = name.data() + name.size();
    if (std::from_chars(name.data(), end, pid).ptr != end) continue;
    if (runs(pid, cmdline, inner_pid)) found.push_back(pid);
  }
  if (error) return fail("read /proc", error.value());
  if (found.size() == 1) return found.front();
  return fail(found.empty()
                  ? "no process here runs the probes: the subject keeps it "
                    "out of sight"
                  : "several processes claim to run the probes");
}

Result<BpfFilters> read_filters(pid_t pid) {
  const auto stopped = Stopped::stop(pid);
  if (!stopped) return tl::unexpected(stopped.error());
  BpfFilters filters;
  if (status_field(pid, "Seccomp") == std::vector<std::string>{"0"}) {
    return filters;
  }
  while (filters.size() < kMostFilters) {
    auto filter = read_filter(pid, static_cast<unsigned>(filters.size()));
    if (!filter) return tl::unexpected(filter.error());
    if (!*filter) break;
    filters.push_back(std::move(**filter));
  }
  // Since Linux 5.9 the kernel counts them as well.
  const auto counted = status_field(pid, "Seccomp_filters");
  if (!counted.empty() && counted.front() != std::to_string(filters.size())) {
    return fail("read " + std::to_string(filters.size()) + " filters of " +
                counted.front());
  }
  return filters;
}

}  // namespace bulkhead::verify
