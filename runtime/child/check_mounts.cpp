// Read-back of the mount table, closed world: a mount that the plan did not
// make is as wrong as one that is missing. Format: proc_pid_mountinfo(5).
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cstring>

#include "runtime/base/syscall.h"
#include "runtime/child/child.h"

namespace bulkhead::child {
namespace {

constexpr std::size_t kMaxMounts = 1024;

/// A piece of a mountinfo line.
struct Field {
  const char* begin;
  std::size_t length;
};

bool equals(Field field, const char* text) {
  return strlen(text) == field.length &&
         memcmp(field.begin, text, field.length) == 0;
}

/// Cuts the next blank-separated field off [*at, end).
Field next_field(const char** at, const char* end) {
  while (*at < end && **at == ' ') ++*at;
  Field field = {*at, 0};
  while (*at < end && **at != ' ') {
    ++*at;
    ++field.length;
  }
  return field;
}

/// Cuts the next word off the comma list [*at, end).
Field next_word(const char** at, const char* end) {
  Field word = {*at, 0};
  while (*at < end && **at != ',') {
    ++*at;
    ++word.length;
  }
  if (*at < end) ++*at;
  return word;
}

/// Whether the comma list `options` holds `word`.
bool has_option(Field options, Field word) {
  const char* end = options.begin + options.length;
  for (const char* at = options.begin; at < end;) {
    const Field option = next_word(&at, end);
    if (option.length == word.length &&
        memcmp(option.begin, word.begin, word.length) == 0) {
      return true;
    }
  }
  return false;
}

/// …every word of the comma list `words`.
bool has_options(Field options, const char* words) {
  const char* end = words + strlen(words);
  for (const char* at = words; at < end;) {
    if (!has_option(options, next_word(&at, end))) return false;
  }
  return true;
}

bool below(Field path, const char* directory) {
  const std::size_t length = strlen(directory);
  if (length == 1) return path.length > 1;  // "/"
  return path.length > length && memcmp(path.begin, directory, length) == 0 &&
         path.begin[length] == '/';
}

bool options_hold(const ExpectedMount& mount, Field options) {
  return (!mount.read_only || has_options(options, "ro")) &&
         (!mount.nosuid || has_options(options, "nosuid")) &&
         (!mount.nodev || has_options(options, "nodev")) &&
         (!mount.noexec || has_options(options, "noexec"));
}

/// What was found of one expected mount.
struct Seen {
  bool there = false;
  /// It may as well be one of a tree's own mounts that a later line covers.
  bool spare = false;
};

/// Whether a tree that came with mounts of its own excuses this one.
bool belongs_to_a_tree(Field destination, Field options, const Call& call) {
  for (std::uint32_t i = 0; i < call.mounts_length; ++i) {
    const ExpectedMount& mount = call.mounts[i];
    if (mount.subtree && (below(destination, mount.destination) ||
                          equals(destination, mount.destination))) {
      if (options_hold(mount, options)) return true;
    }
  }
  return false;
}

/// Reads the optional fields up to "-". False if there is none, or if one says
/// that what is mounted here would appear outside ("shared:N"), or the reverse
/// ("master:N").
bool is_private(const char** at, const char* end) {
  for (;;) {
    const Field field = next_field(at, end);
    if (field.length == 0) return false;
    if (equals(field, "-")) return true;
    if (field.length > 7 && (memcmp(field.begin, "shared:", 7) == 0 ||
                             memcmp(field.begin, "master:", 7) == 0)) {
      return false;
    }
  }
}

/// Checks one line and ticks off the expected mount that it is.
bool line_is_expected(Field line, const Call& call, Seen* seen) {
  const char* at = line.begin;
  const char* end = line.begin + line.length;
  next_field(&at, end);  // mount id
  next_field(&at, end);  // parent id
  next_field(&at, end);  // major:minor
  next_field(&at, end);  // root
  const Field destination = next_field(&at, end);
  const Field options = next_field(&at, end);
  if (!is_private(&at, end)) return false;
  const Field type = next_field(&at, end);
  next_field(&at, end);  // source
  const Field own_options = next_field(&at, end);
  const bool of_a_tree = belongs_to_a_tree(destination, options, call);
  for (std::uint32_t i = 0; i < call.mounts_length; ++i) {
    const ExpectedMount& mount = call.mounts[i];
    if (!equals(destination, mount.destination)) continue;
    if (mount.type != nullptr && !equals(type, mount.type)) continue;
    if (!options_hold(mount, options)) continue;
    if (mount.options != nullptr && !has_options(own_options, mount.options)) {
      continue;
    }
    // A new file system that was to be writable, but is read-only as the whole
    // tree below it: not ours.
    const bool covered = of_a_tree && mount.type != nullptr && !mount.subtree &&
                         !mount.read_only && has_options(options, "ro");
    if (covered) continue;
    if (seen[i].there && !seen[i].spare) continue;
    seen[i] = {true, of_a_tree};
    return true;
  }
  return of_a_tree;
}

/// Whether `mount` may be missing: what it was to cover is not there. Asked
/// anew, since a place that could not be opened may be there all the same.
bool may_be_missing(const ExpectedMount& mount) {
  if (!mount.optional) return false;
  if (mount.path == nullptr) return true;
  struct stat status {};
  const std::int64_t result = raw_syscall(
      SYS_newfstatat, static_cast<std::uint64_t>(AT_FDCWD),
      reinterpret_cast<std::uint64_t>(mount.path),
      reinterpret_cast<std::uint64_t>(&status), AT_SYMLINK_NOFOLLOW);
  return result == -ENOENT || result == -ENOTDIR;
}

/// Leaves the offending line in scratch for the parent's message.
void leave_in_scratch(Field line, SharedState* shared) {
  const std::size_t length =
      line.length < kScratchBytes - 1 ? line.length : kScratchBytes - 1;
  memmove(shared->scratch, line.begin, length);
  shared->scratch[length] = '\0';
}

}  // namespace

bool mount_table_matches(int mountinfo_fd, const Call& call,
                         SharedState* shared) {
  Seen seen[kMaxMounts] = {};
  if (call.mounts_length > kMaxMounts) return false;
  std::size_t held = 0;
  for (;;) {
    const std::int64_t got =
        raw_syscall(SYS_read, static_cast<std::uint64_t>(mountinfo_fd),
                    reinterpret_cast<std::uint64_t>(shared->scratch + held),
                    kScratchBytes - held);
    if (got < 0) return false;
    held += static_cast<std::size_t>(got);
    const char* line = shared->scratch;
    const char* end = shared->scratch + held;
    for (const char* at = line; at < end; ++at) {
      if (*at != '\n') continue;
      const Field field = {line, static_cast<std::size_t>(at - line)};
      if (!line_is_expected(field, call, seen)) {
        leave_in_scratch(field, shared);
        return false;
      }
      line = at + 1;
    }
    held = static_cast<std::size_t>(end - line);
    if (held == kScratchBytes) return false;  // a line longer than scratch
    memmove(shared->scratch, line, held);
    if (got == 0) break;
  }
  if (held != 0) {  // The kernel ends every line.
    leave_in_scratch({shared->scratch, held}, shared);
    return false;
  }
  for (std::uint32_t i = 0; i < call.mounts_length; ++i) {
    if (!seen[i].there && !may_be_missing(call.mounts[i])) {
      const char* name = call.mounts[i].destination;
      leave_in_scratch({name, strlen(name)}, shared);
      return false;
    }
  }
  return true;
}

}  // namespace bulkhead::child
