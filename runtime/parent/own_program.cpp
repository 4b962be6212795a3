#include "runtime/parent/own_program.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "runtime/base/file.h"

namespace bulkhead {
namespace {

constexpr const char* kOwn = "/proc/self/exe";
constexpr int kSeals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

bool is_mapped(const std::vector<IdMapping>& maps, std::uint32_t id) {
  return std::ranges::any_of(maps, [&](const IdMapping& map) {
    return id >= map.host_id && id - map.host_id < map.size;
  });
}

bool lets_write(const struct stat& info, const Spec& spec) {
  // Of a namespace that is joined nobody said who is in it.
  if (spec.ns(NamespaceKind::kUser).mode != NamespaceMode::kNew) return true;
  if (is_mapped(spec.uid_mappings, info.st_uid)) return true;
  if ((info.st_mode & S_IWOTH) != 0) return true;
  return (info.st_mode & S_IWGRP) != 0 &&
         is_mapped(spec.gid_mappings, info.st_gid);
}

bool is_sealed(const Fd& file) {
  const int seals = fcntl(file.get(), F_GET_SEALS);
  return seals >= 0 && (seals & kSeals) == kSeals;
}

bool is_on_read_only_mount(const Fd& file) {
  struct statvfs there {};
  return fstatvfs(file.get(), &there) == 0 && (there.f_flag & ST_RDONLY) != 0;
}

/// A copy of the mount, of that one file, read-only; linux 5.12 and
/// CAP_SYS_ADMIN.
Result<Fd> read_only_view() {
  Fd tree(static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, kOwn,
                                   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)));
  if (!tree) return fail("open_tree " + std::string(kOwn), errno);
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  attributes.propagation = MS_PRIVATE;
  if (syscall(SYS_mount_setattr, tree.get(), "", AT_EMPTY_PATH, &attributes,
              sizeof attributes) != 0) {
    return fail("mount_setattr", errno);
  }
  return tree;
}

Result<Fd> sealed_copy() {
  const Result<Fd> file = open_at(AT_FDCWD, kOwn, O_RDONLY);
  if (!file) return tl::unexpected(file.error());
  struct stat info {};
  if (fstat(file->get(), &info) != 0) return fail("stat", errno);
  constexpr unsigned kExecutable = 0x10;  // MFD_EXEC, Linux 6.3
  constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  Fd copy(memfd_create("bulkhead", kFlags | kExecutable));
  if (!copy) copy = Fd(memfd_create("bulkhead", kFlags));
  if (!copy) return fail("memfd_create", errno);
  for (off_t left = info.st_size; left > 0;) {
    const ssize_t copied = sendfile(copy.get(), file->get(), nullptr,
                                    static_cast<std::size_t>(left));
    if (copied <= 0) return fail("sendfile", copied < 0 ? errno : EIO);
    left -= copied;
  }
  if (fcntl(copy.get(), F_ADD_SEALS, kSeals) != 0 || !is_sealed(copy)) {
    return fail("F_ADD_SEALS", errno);
  }
  return copy;
}

/// The words of /proc/self/cmdline, as execve(2) wants them.
std::vector<char*> pointers(std::string& words) {
  std::vector<char*> table;
  char* const end = words.data() + words.size();
  for (char* at = words.data(); at < end; at += std::strlen(at) + 1) {
    table.push_back(at);
  }
  table.push_back(nullptr);
  return table;
}

/// By a descriptor: it has been here before.
bool was_run_anew() {
  const auto* name = std::bit_cast<const char*>(getauxval(AT_EXECFN));
  return name != nullptr && std::string_view(name).starts_with("/dev/fd/");
}

Result<bool> is_exposed(const Spec& spec) {
  const Result<Fd> file = open_at(AT_FDCWD, kOwn, O_PATH);
  if (!file) return tl::unexpected(file.error());
  struct stat info {};
  if (fstat(file->get(), &info) != 0) return fail("stat", errno);
  if (!lets_write(info, spec) || is_on_read_only_mount(*file)) return false;
  const Result<Fd> readable = open_at(AT_FDCWD, kOwn, O_RDONLY);
  return !readable || !is_sealed(*readable);
}

Error run_anew() {
  if (was_run_anew()) return {"a view of it can be written", 0, ""};
  Result<std::string> words = read_file("/proc/self/cmdline", 4 << 20);
  if (!words) return words.error();
  Result<Fd> file = read_only_view();
  if (!file) file = sealed_copy();
  if (!file) return file.error();
  const std::vector<char*> arguments = pointers(*words);
  syscall(SYS_execveat, file->get(), "", arguments.data(), environ,
          AT_EMPTY_PATH);
  return {"execveat", errno, ""};
}

}  // namespace

Status protect_own_program(const Spec& spec,
                           const std::function<void()>& take_back) {
  const Result<bool> exposed = is_exposed(spec);
  if (!exposed) return within("own program", exposed.error());
  if (*exposed) {
    if (take_back) take_back();
    Error error = run_anew();
    error.remedy =
        "run a program whose file no id of the container's may write";
    return within("own program", std::move(error));
  }
  // It would be the number of a descriptor.
  if (was_run_anew()) prctl(PR_SET_NAME, program_invocation_short_name);
  return {};
}

}  // namespace bulkhead
