#include "integration/agent/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace bulkhead::agent {
namespace {

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::string failed(const std::string& what) {
  return what + ": " + std::strerror(errno);
}

std::string parent_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

bool copy_file(const std::string& from, const std::string& to, mode_t mode) {
  const int in = open(from.c_str(), O_RDONLY | O_CLOEXEC);
  unlink(to.c_str());
  const int out =
      open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  struct stat status {};
  bool good = in >= 0 && out >= 0 && fstat(in, &status) == 0;
  for (off_t left = status.st_size; good && left > 0;) {
    const ssize_t count =
        sendfile(out, in, nullptr, static_cast<std::size_t>(left));
    good = count > 0;
    left -= count;
  }
  good = good && fchmod(out, mode) == 0;
  if (in >= 0) close(in);
  if (out >= 0) close(out);
  return good;
}

bool copy_link(const std::string& from, const std::string& to) {
  std::array<char, 4096> target{};
  if (readlink(from.c_str(), target.data(), target.size() - 1) < 0) {
    return false;
  }
  unlink(to.c_str());
  return symlink(target.data(), to.c_str()) == 0;
}

bool move_entry(const std::string& from, const std::string& to) {
  struct stat status {};
  if (lstat(from.c_str(), &status) != 0) return false;
  if (S_ISDIR(status.st_mode)) {
    // What is there stays as it is: it may be a link to a folder.
    if (mkdir(to.c_str(), status.st_mode & 07777) != 0) {
      if (errno != EEXIST) return false;
    } else if (chmod(to.c_str(), status.st_mode & 07777) != 0) {
      return false;
    }
    return move_tree(from, to) && rmdir(from.c_str()) == 0;
  }
  const bool copied = S_ISLNK(status.st_mode)
                          ? copy_link(from, to)
                          : copy_file(from, to, status.st_mode & 07777);
  return copied && unlink(from.c_str()) == 0;
}

}  // namespace

bool make_folders(const std::string& path) {
  if (path.empty() || path == "/") return true;
  if (mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return true;
  return errno == ENOENT && make_folders(parent_of(path)) &&
         mkdir(path.c_str(), 0755) == 0;
}

bool move_tree(const std::string& from, const std::string& to) {
  DIR* folder = opendir(from.c_str());
  if (folder == nullptr) return false;
  bool good = true;
  while (const dirent* entry = readdir(folder)) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    std::string source = from;
    std::string target = to;
    source.append("/").append(name);
    target.append("/").append(name);
    good = move_entry(source, target) && good;
  }
  closedir(folder);
  return good;
}

void push(Port& port, std::string_view payload) {
  const auto fields = split_fields(payload);
  unsigned mode = 0;
  std::string error;
  int fd = -1;
  if (!fields || fields->size() != 2 ||
      std::from_chars((*fields)[1].data(),
                      (*fields)[1].data() + (*fields)[1].size(), mode, 8)
              .ec != std::errc{}) {
    error = "push: malformed";
  } else {
    make_folders(parent_of((*fields)[0]));
    unlink((*fields)[0].c_str());
    fd = open((*fields)[0].c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
              mode);
    if (fd < 0 || fchmod(fd, mode) != 0) error = failed("open");
  }
  for (Frame frame = port.receive(); frame.type != Type::kEnd;
       frame = port.receive()) {
    if (frame.type != Type::kData) power_off("a request within a request");
    if (error.empty() && !write_all(fd, frame.payload)) error = failed("write");
  }
  if (fd >= 0) close(fd);
  port.send(error.empty() ? Type::kEnd : Type::kError, error);
}

void pull(Port& port, std::string_view payload) {
  const std::string path(payload);
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return port.send(Type::kError, failed("open"));
  static std::array<char, 256 * 1024> buffer;
  ssize_t count = 0;
  while ((count = read(fd, buffer.data(), buffer.size())) > 0) {
    port.send(Type::kData, {buffer.data(), static_cast<std::size_t>(count)});
  }
  const std::string error = count < 0 ? failed("read") : "";
  close(fd);
  port.send(error.empty() ? Type::kEnd : Type::kError, error);
}

}  // namespace bulkhead::agent
