#include "runtime/state/supervisor.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace bulkhead {
namespace {

/// Fields of proc_pid_stat(5), counted from the one behind the name: that may
/// hold blanks and brackets.
constexpr std::size_t kState = 0;
constexpr std::size_t kThreads = 17;
constexpr std::size_t kStartTime = 19;

struct Stat {
  pid_t pid = 0;  ///< As this /proc counts.
  char state = 'X';
  std::uint64_t threads = 0;
  std::uint64_t start_time = 0;
};

Result<Stat> stat_of(const std::string& pid) {
  const std::string path = "/proc/" + pid + "/stat";
  const Result<std::string> text = read_file(path);
  if (!text) return tl::unexpected(text.error());
  const std::size_t name_end = text->rfind(')');
  std::vector<std::string_view> fields;
  if (name_end != std::string::npos) {
    fields = words_of(std::string_view(*text).substr(name_end + 1));
  }
  if (fields.size() > kStartTime) {
    const auto number = number_in<pid_t>(text->substr(0, text->find(' ')));
    const auto threads = number_in<std::uint64_t>(fields[kThreads]);
    const auto start = number_in<std::uint64_t>(fields[kStartTime]);
    if (number && threads && start) {
      return Stat{*number, fields[kState].front(), *threads, *start};
    }
  }
  return fail(path + " is not as proc_pid_stat(5) says");
}

}  // namespace

Result<Supervisor> this_supervisor() {
  Supervisor self;
  self.pid = getpid();
  const Result<Stat> stat = stat_of("self");
  if (!stat && stat.error().errno_value != ENOENT) {
    return tl::unexpected(stat.error());
  }
  if (!stat) {
    return fail("/proc is another pid namespace's: it does not show process " +
                    std::to_string(self.pid),
                0, "mount one of this pid namespace: mount -t proc proc /proc");
  }
  self.start_time = stat->start_time;
  struct stat file {};
  if (::stat("/proc/self/ns/pid", &file) != 0) {
    return fail("stat /proc/self/ns/pid", errno);
  }
  self.pid_namespace = file.st_ino;
  Result<std::string> boot_id = read_file("/proc/sys/kernel/random/boot_id");
  if (!boot_id) return tl::unexpected(boot_id.error());
  self.boot_id = trimmed(std::move(*boot_id));
  return self;
}

bool has_ended(const Supervisor& other, const Supervisor& self) {
  if (other.boot_id != self.boot_id) return true;
  if (other.pid_namespace != self.pid_namespace) return false;
  // A /proc of a namespace above has other numbers for the same processes.
  const Result<Stat> own = stat_of("self");
  if (!own || own->pid != self.pid) return false;
  const Result<Stat> stat = stat_of(std::to_string(other.pid));
  if (!stat) return stat.error().errno_value == ENOENT;
  if (stat->start_time != other.start_time) return true;
  // The first thread may have ended alone.
  return (stat->state == 'Z' || stat->state == 'X') && stat->threads <= 1;
}

}  // namespace bulkhead
