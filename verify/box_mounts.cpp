#include "verify/box_mounts.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <sstream>

#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "verify/box_dev.h"

namespace bulkhead::verify {
namespace {

namespace fs = std::filesystem;

/// What the box replaces, in the order of mounting.
constexpr std::array kReplaced = {"/sys", "/dev", "/tmp", "/run", "/proc"};

/// A detached copy of a mount, to be attached somewhere else later.
struct Saved {
  std::string target;
  bool directory = true;
  Fd tree;
};

Result<Saved> save(const std::string& source, std::string target,
                   bool recursive) {
  const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
                         (recursive ? static_cast<unsigned>(AT_RECURSIVE) : 0U);
  Fd tree(open_tree(AT_FDCWD, source.c_str(), flags));
  if (!tree) return fail("open_tree " + source, errno);
  struct stat status {};
  if (fstat(tree.get(), &status) != 0) return fail("stat " + source, errno);
  return Saved{std::move(target), S_ISDIR(status.st_mode), std::move(tree)};
}

Status attach(const Saved& saved) {
  std::error_code error;
  fs::create_directories(fs::path(saved.target).parent_path(), error);
  if (error) return fail("mkdir for " + saved.target, error.value());
  if (saved.directory) {
    if (auto made = make_directory(saved.target); !made) return made;
  } else {
    const Fd file(
        open(saved.target.c_str(), O_CREAT | O_RDONLY | O_CLOEXEC, 0644));
    if (!file) return fail("create " + saved.target, errno);
  }
  if (move_mount(saved.tree.get(), "", AT_FDCWD, saved.target.c_str(),
                 MOVE_MOUNT_F_EMPTY_PATH) != 0) {
    return fail("move_mount to " + saved.target, errno);
  }
  return {};
}

/// Before 5.12: one remount for each mount, its other flags kept.
Status remount_each_read_only() {
  const auto mountinfo = read_file("/proc/self/mountinfo");
  if (!mountinfo) return tl::unexpected(mountinfo.error());
  std::istringstream lines{*mountinfo};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string target;
    for (int i = 0; i < 5; ++i) words >> target;
    struct statvfs status {};
    if (statvfs(target.c_str(), &status) != 0) continue;  // Overmounted.
    unsigned long flags = MS_BIND | MS_REMOUNT | MS_RDONLY;
    if ((status.f_flag & ST_NOSUID) != 0) flags |= MS_NOSUID;
    if ((status.f_flag & ST_NODEV) != 0) flags |= MS_NODEV;
    if ((status.f_flag & ST_NOEXEC) != 0) flags |= MS_NOEXEC;
    if ((status.f_flag & ST_NOATIME) != 0) flags |= MS_NOATIME;
    if ((status.f_flag & ST_NODIRATIME) != 0) flags |= MS_NODIRATIME;
    if ((status.f_flag & ST_RELATIME) != 0) flags |= MS_RELATIME;
    if (mount(nullptr, target.c_str(), nullptr, flags, nullptr) != 0 &&
        target == "/") {
      return fail("remount / read-only", errno);
    }
  }
  return {};
}

Status make_read_only() {
  struct mount_attr attributes {};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attributes,
                    sizeof attributes) == 0) {
    return {};
  }
  if (errno != ENOSYS) return fail("mount_setattr / read-only", errno);
  return remount_each_read_only();
}

Status mount_own_file_systems() {
  const unsigned long quiet = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  Status done = mount_new("proc", "/proc", quiet);
  if (done) done = mount_new("sysfs", "/sys", quiet);
  if (done) done = mount_new("tmpfs", "/dev", MS_NOSUID, "mode=755,size=1m");
  // Neither nosuid nor nodev: the rootfs in /run carries both kinds of
  // fixtures, and a container that lets them act must be seen to.
  if (done) done = mount_new("tmpfs", "/tmp", 0, "mode=1777,size=256m");
  if (done) done = mount_new("tmpfs", "/run", 0, "mode=755,size=512m");
  if (done) done = make_directory(kBoxDirectory);
  return done;
}

/// Moves this process into the leaf kBoxLeaf of the cgroup mounted at `root`:
/// no runtime is started from the root of a hierarchy, and a container that
/// stays in its caller's cgroup namespace must be seen to.
Result<Fd> enter_leaf(const std::string& root) {
  if (auto made = make_directory(root + "/" + kBoxLeaf); !made) {
    return tl::unexpected(made.error());
  }
  auto directory = open_at(AT_FDCWD, root, O_PATH | O_DIRECTORY);
  if (!directory) return directory;
  if (auto done = write_file_at(directory->get(),
                                std::string(kBoxLeaf) + "/cgroup.procs", "0");
      !done) {
    return tl::unexpected(done.error());
  }
  return directory;
}

/// cgroup2: the box's cgroup hands its controllers down, which only one
/// without processes may.
Status hand_controllers_down(const Fd& root) {
  auto names = read_file_at(root.get(), "cgroup.controllers");
  if (!names) return tl::unexpected(names.error());
  std::istringstream words(*names);
  for (std::string word; words >> word;) {
    if (auto done =
            write_file_at(root.get(), "cgroup.subtree_control", "+" + word);
        !done) {
      return done;
    }
  }
  return {};
}

/// Links for the members of "cpu,cpuacct".
Status link_members(const std::string& name) {
  std::istringstream members(name);
  for (std::string member; std::getline(members, member, ',');) {
    const std::string path = "/sys/fs/cgroup/" + member;
    if (member != name && symlink(name.c_str(), path.c_str()) != 0) {
      return fail("link cgroup " + member, errno);
    }
  }
  return {};
}

/// v1: a tmpfs with one mount for each hierarchy; cgroup2: the box's cgroup.
Status mount_cgroups(const std::vector<Saved>& saved, bool unified) {
  if (saved.empty()) return {};
  if (!unified) {
    if (auto made =
            mount_new("tmpfs", "/sys/fs/cgroup",
                      MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755,size=1m");
        !made) {
      return made;
    }
  }
  for (const Saved& tree : saved) {
    if (auto done = attach(tree); !done) return done;
    const auto root = enter_leaf(tree.target);
    if (!root) return tl::unexpected(root.error());
    Status done = unified ? hand_controllers_down(*root)
                          : link_members(fs::path(tree.target).filename());
    if (!done) return done;
  }
  return {};
}

/// The directory that must be bound so that `program` can be run: the one it
/// stands in, or the file itself where that is a whole replaced directory.
std::string kept_part(const std::string& program) {
  std::string parent = fs::path(program).parent_path();
  for (const char* replaced : kReplaced) {
    if (parent == replaced) return program;
  }
  return parent;
}

bool below_replaced(const std::string& path) {
  for (const char* replaced : kReplaced) {
    if (path.starts_with(std::string(replaced) + "/")) return true;
  }
  return false;
}

Result<std::vector<Saved>> save_kept(const BoxMounts& mounts) {
  std::vector<Saved> kept;
  for (const std::string& program : mounts.keep) {
    if (!below_replaced(program)) continue;
    const std::string part = kept_part(program);
    bool again = false;
    for (const Saved& other : kept) again = again || other.target == part;
    if (again) continue;
    auto saved = save(part, part, true);
    if (!saved) return tl::unexpected(saved.error());
    kept.push_back(std::move(*saved));
  }
  if (mounts.user_namespace) {
    for (const BoxDevice& device : kBoxDevices) {
      const std::string path = "/dev/" + std::string(device.name);
      auto saved = save(path, path, false);
      if (!saved) return tl::unexpected(saved.error());
      kept.push_back(std::move(*saved));
    }
  }
  return kept;
}

}  // namespace

Status build_box(const BoxMounts& mounts) {
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return fail("make every mount private", errno);
  }
  std::vector<Saved> cgroups;
  for (const auto& subtree : mounts.cgroups) {
    const std::string name = fs::path(subtree.hierarchy.mount_point).filename();
    auto saved = save(
        subtree.path,
        subtree.hierarchy.unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/" + name,
        false);
    if (!saved) return within("box", saved.error());
    cgroups.push_back(std::move(*saved));
  }
  if (auto done = make_read_only(); !done) return within("box", done.error());
  auto kept = save_kept(mounts);
  if (!kept) return within("box", kept.error());
  for (const char* path : kReplaced) {
    // Nothing of the machine's stays below. EINVAL: it is no mount, or, in a
    // user namespace, locked to its parent: then it is covered.
    while (umount2(path, MNT_DETACH) == 0) {
    }
  }
  Status done = mount_own_file_systems();
  if (done) {
    done = fill_dev(!mounts.user_namespace, mounts.canary_device);
  }
  if (done) {
    done = mount_cgroups(cgroups, !mounts.cgroups.empty() &&
                                      mounts.cgroups.front().hierarchy.unified);
  }
  for (const Saved& saved : *kept) {
    if (done) done = attach(saved);
  }
  if (!done) return within("box", done.error());
  if (chdir("/") != 0) return fail("box: chdir /", errno);
  return {};
}

}  // namespace bulkhead::verify
