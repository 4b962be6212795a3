#include "runtime/base/file.h"

#include <fcntl.h>

#include <array>
#include <cerrno>

namespace bulkhead {

Result<Fd> open_at(int directory_fd, const std::string& path, int flags) {
  Fd fd(openat(directory_fd, path.c_str(), flags | O_CLOEXEC | O_NOCTTY, 0600));
  if (!fd) return fail("open " + path, errno);
  return fd;
}

Result<std::string> read_file_at(int directory_fd, const std::string& name,
                                 std::size_t limit) {
  Result<Fd> fd = open_at(directory_fd, name, O_RDONLY);
  if (!fd) return tl::unexpected(fd.error());
  std::string text;
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t got = read(fd->get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail("read " + name, errno);
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > limit) {
      return fail("read " + name + ": larger than " + std::to_string(limit) +
                  " bytes");
    }
  }
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  return read_file_at(AT_FDCWD, path, limit);
}

Status write_file_at(int directory_fd, const std::string& name,
                     std::string_view text) {
  Result<Fd> fd = open_at(directory_fd, name, O_WRONLY);
  if (!fd) return tl::unexpected(fd.error());
  const ssize_t written = write(fd->get(), text.data(), text.size());
  if (written < 0) return fail("write " + name, errno);
  if (static_cast<std::size_t>(written) != text.size()) {
    return fail("write " + name + ": only " + std::to_string(written) + " of " +
                std::to_string(text.size()) + " bytes were taken");
  }
  return {};
}

Status replace_file(const std::string& path, std::string_view text) {
  const Fd file(
      open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644));
  if (!file) return fail("write " + path, errno);
  while (!text.empty()) {
    const ssize_t wrote = write(file.get(), text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return fail("write " + path, errno);
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

std::string trimmed(std::string text) {
  while (!text.empty() &&
         (text.back() == '\n' || text.back() == ' ' || text.back() == '\t')) {
    text.pop_back();
  }
  return text;
}

}  // namespace bulkhead
