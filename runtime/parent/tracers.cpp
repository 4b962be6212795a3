#include "runtime/parent/tracers.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>

#include "runtime/base/file.h"

namespace bulkhead {
namespace {

Result<std::string> link_at(int directory, const std::string& name) {
  std::array<char, 64> target{};
  if (readlinkat(directory, name.c_str(), target.data(), target.size() - 1) <
      0) {
    return fail("readlink /proc/" + name, errno);
  }
  return std::string(target.data());
}

/// What may be gained by an exec is in the bounding set.
bool may_trace(const std::string& status) {
  constexpr std::string_view kName = "CapBnd:\t";
  const std::size_t at = status.find(kName);
  if (at == std::string::npos) return true;
  const std::uint64_t bounding =
      std::strtoull(status.c_str() + at + kName.size(), nullptr, 16);
  return (bounding >> CAP_SYS_PTRACE & 1) != 0;
}

/// It has a number in a namespace below that of /proc as well: only there can
/// one be joined. Of the others, some may not be looked at.
bool is_below(const std::string& status) {
  constexpr std::string_view kName = "NSpid:\t";
  const std::size_t at = status.find(kName);
  return at == std::string::npos || status.find('\t', at + kName.size()) <
                                        status.find('\n', at + kName.size());
}

bool has_ended(const Error& error) {
  return error.errno_value == ENOENT || error.errno_value == ESRCH;
}

struct Namespaces {
  std::string pid;
  std::string user;
};

/// Whether the process behind the number `pid` is in both and may trace.
Result<bool> is_tracer(int proc, const std::string& pid,
                       const Namespaces& wanted) {
  const Result<std::string> status = read_file_at(proc, pid + "/status");
  if (!status) return tl::unexpected(status.error());
  if (!is_below(*status)) return false;
  const Result<std::string> pidns = link_at(proc, pid + "/ns/pid");
  if (!pidns) return tl::unexpected(pidns.error());
  if (*pidns != wanted.pid) return false;
  const Result<std::string> userns = link_at(proc, pid + "/ns/user");
  if (!userns) return tl::unexpected(userns.error());
  return *userns == wanted.user && may_trace(*status);
}

}  // namespace

Status refuse_tracers(int pidns_fd) {
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(opendir("/proc"), closedir);
  if (!proc) return fail("opendir /proc", errno);
  const int directory = dirfd(proc.get());
  const Result<std::string> own = link_at(directory, "self/ns/pid");
  const Result<std::string> pid =
      link_at(directory, "self/fd/" + std::to_string(pidns_fd));
  const Result<std::string> user = link_at(directory, "self/ns/user");
  for (const auto* link : {&own, &pid, &user}) {
    if (!*link) return tl::unexpected(link->error());
  }
  if (*own == *pid) return {};
  errno = 0;
  while (const dirent* entry = readdir(proc.get())) {
    const std::string name = entry->d_name;
    if (std::isdigit(static_cast<unsigned char>(name.front())) == 0) continue;
    const Result<bool> found = is_tracer(directory, name, {*pid, *user});
    if (!found && !has_ended(found.error())) {
      return tl::unexpected(found.error());
    }
    if (found && *found) {
      return fail("process " + name +
                      " of the namespace may trace what starts there, and with "
                      "it the supervisor",
                  0,
                  "give that container a user namespace, or take "
                  "CAP_SYS_PTRACE from its bounding set");
    }
    errno = 0;
  }
  if (errno != 0) return fail("readdir /proc", errno);
  return {};
}

}  // namespace bulkhead
