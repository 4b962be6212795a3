#include "verify/rootfs.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "probes/fixtures.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"

namespace bulkhead::verify {
namespace {

using probes::CapableFor;
using probes::Fixture;
using probes::FixtureKind;

Status write_new(const std::string& path, std::span<const std::byte> content) {
  const Fd file(
      open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
  if (!file) return fail("create " + path, errno);
  while (!content.empty()) {
    const ssize_t wrote = write(file.get(), content.data(), content.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return fail("write " + path, errno);
    content = content.subspan(static_cast<std::size_t>(wrote));
  }
  return {};
}

Status make_node(const std::string& path, mode_t type, const Fixture& fixture) {
  if (mknod(path.c_str(), type | 0600, makedev(fixture.major, fixture.minor)) !=
      0) {
    return fail("mknod " + path, errno);
  }
  return {};
}

Status make_fixture(const std::string& path, const Fixture& fixture,
                    std::span<const std::byte> keyed_binary,
                    const std::string& nonce) {
  const std::string line = nonce + "\n";
  switch (fixture.kind) {
    case FixtureKind::kDirectory:
      if (mkdir(path.c_str(), 0700) != 0) return fail("mkdir " + path, errno);
      return {};
    case FixtureKind::kProbeBinary:
      return write_new(path, keyed_binary);
    case FixtureKind::kNonceFile:
      return write_new(path, std::as_bytes(std::span(line)));
    case FixtureKind::kBlockDevice:
      return make_node(path, S_IFBLK, fixture);
    case FixtureKind::kCharDevice:
      return make_node(path, S_IFCHR, fixture);
  }
  return fail("a fixture of unknown kind: " + path);
}

/// As cap_from_text("cap_net_raw=ep") would have it; capabilities(7).
vfs_ns_cap_data capable_of_net_raw(uid_t root) {
  vfs_ns_cap_data capabilities{};
  capabilities.magic_etc = VFS_CAP_REVISION_3 | VFS_CAP_FLAGS_EFFECTIVE;
  capabilities.data[0].permitted = 1U << CAP_NET_RAW;
  capabilities.rootid = root;
  return capabilities;
}

/// Owner, mode and file capabilities, in the order in which none takes another
/// away.
Status dress(const std::string& path, const Fixture& fixture, uid_t owner) {
  const uid_t whose = owner + fixture.owner;
  // EINVAL: this user namespace has no such id. The probes then say so.
  if (lchown(path.c_str(), whose, whose) != 0 &&
      (fixture.owner == 0 || errno != EINVAL)) {
    return fail("rootfs: chown " + path, errno);
  }
  if (chmod(path.c_str(), fixture.mode) != 0) {
    return fail("rootfs: chmod " + path, errno);
  }
  if (fixture.capable == CapableFor::kNobody) return {};
  const vfs_ns_cap_data capabilities =
      capable_of_net_raw(fixture.capable == CapableFor::kOwner ? owner : 0);
  // Not every file system keeps them: again the probe says so.
  if (setxattr(path.c_str(), "security.capability", &capabilities,
               sizeof capabilities, 0) != 0 &&
      errno != EOPNOTSUPP) {
    return fail("rootfs: file capabilities of " + path, errno);
  }
  return {};
}

bool is_node(const Fixture& fixture) {
  return fixture.kind == FixtureKind::kBlockDevice ||
         fixture.kind == FixtureKind::kCharDevice;
}

}  // namespace

probes::FrameKey make_key() {
  probes::FrameKey key{};
  if (getrandom(key.data(), key.size(), 0) !=
      static_cast<ssize_t>(key.size())) {
    std::abort();  // A key that can be guessed proves nothing.
  }
  return key;
}

Result<std::vector<std::byte>> with_key(std::span<const std::byte> binary,
                                        const probes::FrameKey& key) {
  const auto marker = std::as_bytes(std::span(probes::kKeyMarker));
  std::vector<std::byte> keyed(binary.begin(), binary.end());
  std::size_t slots = 0;
  auto at = keyed.begin();
  while (true) {
    at = std::search(at, keyed.end(), marker.begin(), marker.end());
    if (at == keyed.end()) break;
    at += static_cast<std::ptrdiff_t>(marker.size());
    const auto room = static_cast<std::size_t>(keyed.end() - at);
    if (room < key.size()) break;
    const auto end = at + static_cast<std::ptrdiff_t>(key.size());
    // The marker's own text may stand elsewhere. The slot holds nothing but
    // one byte that keeps it out of .bss.
    if (std::all_of(at + 1, end,
                    [](std::byte b) { return b == std::byte{0}; })) {
      std::memcpy(&*at, key.data(), key.size());
      ++slots;
    }
  }
  if (slots != 1) {
    return fail("the probe binary has " + std::to_string(slots) +
                " key slots, not one");
  }
  return keyed;
}

Result<Keyed> keyed(std::span<const std::byte> binary) {
  Keyed result{.key = make_key(), .binary = {}};
  auto carrier = with_key(binary, result.key);
  if (!carrier) return tl::unexpected(carrier.error());
  result.binary = std::move(*carrier);
  return result;
}

Result<std::vector<std::string>> build_rootfs(
    const std::string& directory, std::span<const std::byte> keyed_binary,
    const std::string& nonce, uid_t owner) {
  if (mkdir(directory.c_str(), 0755) != 0) {
    return fail("rootfs: mkdir " + directory, errno);
  }
  if (lchown(directory.c_str(), owner, owner) != 0) {
    return fail("rootfs: chown " + directory, errno);
  }
  std::vector<std::string> left_out;
  for (const Fixture& fixture : probes::kFixtures) {
    const std::string path = directory + std::string(fixture.path);
    const auto made = make_fixture(path, fixture, keyed_binary, nonce);
    if (!made && is_node(fixture) && made.error().errno_value == EPERM) {
      left_out.emplace_back(fixture.path);
      continue;
    }
    if (!made) return within("rootfs", made.error());
    if (const auto done = dress(path, fixture, owner); !done) {
      return tl::unexpected(done.error());
    }
  }
  return left_out;
}

bool takes_id_maps(const std::string& directory) {
  const pid_t pid = static_cast<pid_t>(syscall(
      SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, 0));
  if (pid < 0) return false;
  if (pid == 0) {
    while (true) pause();
  }
  const std::string proc = "/proc/" + std::to_string(pid);
  bool works = write_file_at(AT_FDCWD, proc + "/uid_map", "0 1 1") &&
               write_file_at(AT_FDCWD, proc + "/gid_map", "0 1 1");
  const Fd maps(open((proc + "/ns/user").c_str(), O_RDONLY | O_CLOEXEC));
  const Fd tree(open_tree(AT_FDCWD, directory.c_str(),
                          OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (works && maps && tree) {
    struct mount_attr attributes {};
    attributes.attr_set = MOUNT_ATTR_IDMAP;
    attributes.userns_fd = static_cast<std::uint64_t>(maps.get());
    works = mount_setattr(tree.get(), "", AT_EMPTY_PATH, &attributes,
                          sizeof attributes) == 0;
  } else {
    works = false;
  }
  kill(pid, SIGKILL);
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return works;
}

}  // namespace bulkhead::verify
