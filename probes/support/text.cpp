#include "probes/support/text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>

namespace bulkhead::probes {

std::optional<std::string> slurp(const std::string& path, std::size_t most) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return std::nullopt;
  std::string content;
  std::array<char, 4096> block{};
  while (content.size() < most) {
    const std::size_t want = std::min(block.size(), most - content.size());
    const ssize_t got = read(fd, block.data(), want);
    if (got < 0) {
      const int error = errno;
      close(fd);
      errno = error;
      return std::nullopt;
    }
    if (got == 0) break;
    content.append(block.data(), static_cast<std::size_t>(got));
  }
  close(fd);
  return content;
}

bool spill(const std::string& path, const std::string& content, unsigned mode) {
  const int fd =
      open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0) return false;
  const bool whole =
      fchmod(fd, mode) == 0 && write(fd, content.data(), content.size()) ==
                                   static_cast<ssize_t>(content.size());
  close(fd);
  return whole;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t at = text.find(separator);
    const std::string_view part = text.substr(0, at);
    if (!part.empty()) parts.emplace_back(part);
    if (at == std::string_view::npos) break;
    text.remove_prefix(at + 1);
  }
  return parts;
}

std::string link_target(const std::string& path) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length = readlink(path.c_str(), target.data(), target.size());
  return length < 0
             ? std::string{}
             : std::string(target.data(), static_cast<std::size_t>(length));
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

std::string far_up() {
  std::string path;
  for (int i = 0; i < 64; ++i) path += "../";
  return path;
}

std::string scratch(const Inside& inside) {
  const std::string told = inside.spec("scratch");
  return told.empty() ? "/tmp" : told;
}

std::optional<unsigned long long> number(const std::string& text, int base) {
  if (text.empty()) return std::nullopt;
  char* end = nullptr;
  const unsigned long long value = std::strtoull(text.c_str(), &end, base);
  if (*end != '\0') return std::nullopt;
  return value;
}

std::vector<MountLine> mount_table() {
  std::vector<MountLine> table;
  const auto text = slurp("/proc/self/mountinfo", 4 << 20);
  if (!text) return table;
  for (const std::string& line : split(*text, '\n')) {
    const std::vector<std::string> words = split(line, ' ');
    std::size_t dash = 6;
    while (dash < words.size() && words[dash] != "-") ++dash;
    if (dash + 2 >= words.size()) continue;
    MountLine mount{words[3], words[4],        words[5],
                    {},       words[dash + 1], words[dash + 2]};
    for (std::size_t i = 6; i < dash; ++i) {
      mount.optional_fields += words[i] + " ";
    }
    table.push_back(std::move(mount));
  }
  return table;
}

}  // namespace bulkhead::probes
