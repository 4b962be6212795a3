#include "verify/faults/remote.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "runtime/base/file.h"

namespace bulkhead::verify::faults {
namespace {

constexpr std::size_t kMostString = 256;
constexpr std::uint64_t kPage = 4096;
/// A number above is a pointer or a size, which differs from run to run.
constexpr std::uint64_t kMostNumber = 65536;

/// False: not all of it can be read.
bool remote_bytes(pid_t pid, std::uint64_t address, void* to,
                  std::size_t size) {
  const iovec here{to, size};
  const iovec there{std::bit_cast<void*>(address), size};
  return process_vm_readv(pid, &here, 1, &there, 1, 0) ==
         static_cast<ssize_t>(size);
}

std::string hexadecimal(std::uint64_t number) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "0x%lx",
                static_cast<unsigned long>(number));
  return text.data();
}

std::string decimal(std::uint64_t number) {
  const auto narrow = static_cast<std::int32_t>(number);
  if (narrow < 0 && narrow > -4096) return std::to_string(narrow);
  return number < kMostNumber ? std::to_string(number) : "*";
}

/// "From 3 on", "to the last" and the like; between them what was open decides.
std::string end_of_range(std::uint64_t number) {
  return number > STDERR_FILENO + 1 && number < kMostNumber ? "*"
                                                            : decimal(number);
}

std::string descriptor(pid_t pid, std::uint64_t number) {
  const auto fd = static_cast<std::int32_t>(number);
  if (fd == AT_FDCWD) return "cwd";
  std::array<char, PATH_MAX> target{};
  const std::string link =
      "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(fd);
  const ssize_t length = readlink(link.c_str(), target.data(), target.size());
  if (length < 0) return std::to_string(fd);
  return {target.data(), static_cast<std::size_t>(length)};
}

std::string clone_flags(pid_t pid, std::uint64_t address) {
  std::uint64_t flags = 0;
  return remote_bytes(pid, address, &flags, sizeof flags) ? hexadecimal(flags)
                                                          : "?";
}

/// A path by way of a descriptor is where that leads: its number says nothing.
std::string path_text(pid_t pid, std::uint64_t address) {
  constexpr std::string_view kOwn = "/proc/self/fd/";
  std::string path = remote_string(pid, address);
  if (!path.starts_with(kOwn)) return path;
  std::size_t digits = 0;
  const std::string rest = path.substr(kOwn.size());
  while (digits < rest.size() && std::isdigit(rest[digits]) != 0) ++digits;
  if (digits == 0) return path;
  return descriptor(pid, std::strtoul(rest.c_str(), nullptr, 10)) +
         rest.substr(digits);
}

std::string one_argument(char kind, pid_t pid, std::uint64_t value) {
  switch (kind) {
    case 's':
      return path_text(pid, value);
    case 'f':
      return descriptor(pid, value);
    case 'x':
      return hexadecimal(static_cast<std::uint32_t>(value));
    case 'd':
      return decimal(value);
    case 'n':
      return end_of_range(value);
    case 'c':
      return clone_flags(pid, value);
    default:
      return "";
  }
}

}  // namespace

std::string remote_string(pid_t pid, std::uint64_t address) {
  if (address == 0) return "";
  std::array<char, kMostString> text{};
  std::size_t length = 0;
  while (length < text.size()) {
    char* const begin = text.data() + length;
    const std::size_t room =
        std::min<std::uint64_t>(text.size() - length, kPage - address % kPage);
    if (!remote_bytes(pid, address, begin, room)) return "?";
    const std::size_t found = strnlen(begin, room);
    length += found;
    if (found < room) break;
    address += room;
  }
  return {text.data(), length};
}

std::vector<std::string> remote_strings(pid_t pid, std::uint64_t address,
                                        std::size_t most) {
  std::vector<std::string> strings;
  while (strings.size() < most) {
    std::uint64_t pointer = 0;
    if (!remote_bytes(pid, address, &pointer, sizeof pointer) || pointer == 0) {
      break;
    }
    strings.push_back(remote_string(pid, pointer));
    address += sizeof pointer;
  }
  return strings;
}

std::string argument_text(const TableCall& call, pid_t pid,
                          const seccomp_data& data) {
  std::string text;
  for (std::size_t i = 0; call.arguments[i] != '\0'; ++i) {
    if (call.arguments[i] == '.') continue;
    text += (text.empty() ? "" : ",") +
            one_argument(call.arguments[i], pid, data.args[i]);
  }
  return text;
}

std::optional<pid_t> process_of(pid_t tid) {
  const auto status = read_file("/proc/" + std::to_string(tid) + "/status");
  if (!status) return {};
  const auto at = status->find("\nTgid:");
  if (at == std::string::npos) return {};
  return std::atoi(status->c_str() + at + 6);
}

}  // namespace bulkhead::verify::faults
