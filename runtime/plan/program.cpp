// session: whether the program's first call can be made at all. The filter ends
// a program that calls by an entry it does not know, and nobody would say why.
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>

#include "runtime/base/file.h"
#include "runtime/plan/builder.h"
#include "runtime/plan/seccomp_conflicts.h"
#include "runtime/spec/paths.h"

namespace bulkhead {
namespace {

/// The first bytes of the image's file at `path`; nothing where that cannot be
/// said from outside.
std::string image_header(const Spec& spec, const std::string& path) {
  const bool covered =
      std::ranges::any_of(spec.mounts, [&](const Mount& mount) {
        return is_under(clean_path(path), clean_path(mount.destination));
      });
  if (covered || !path.starts_with('/')) return {};
  const Result<Fd> root =
      open_at(AT_FDCWD, spec.rootfs.path, O_PATH | O_DIRECTORY);
  if (!root) return {};
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  const Fd found(static_cast<int>(
      syscall(SYS_openat2, root->get(), path.c_str(), &how, sizeof how)));
  struct stat info {};
  // Opening a device or a pipe of the image would do something.
  if (!found || fstat(found.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return {};
  }
  const Result<Fd> file = open_at(
      AT_FDCWD, "/proc/self/fd/" + std::to_string(found.get()), O_RDONLY);
  std::array<char, kElfMagicBytes> bytes{};
  if (!file || read(file->get(), bytes.data(), bytes.size()) !=
                   static_cast<ssize_t>(bytes.size())) {
    return {};
  }
  return {bytes.data(), bytes.size()};
}

bool lets_i386_call(const Seccomp& policy) {
  return std::ranges::any_of(policy.architectures, [](const std::string& name) {
    return architecture_word(name) == "x86";
  });
}

}  // namespace

Status check_program(const Builder& builder) {
  const Spec& spec = builder.spec;
  if (!spec.seccomp || !spec.rootfs.pivot || spec.binfmt.contains("i386") ||
      lets_i386_call(*spec.seccomp)) {
    return {};
  }
  const std::string& program = spec.process.argv.front();
  const ElfFormat* format = elf_format_of(image_header(spec, program));
  if (format == nullptr || format->arch != "i386") return {};
  return fail("seccomp: " + program +
                  " is an i386 program, and the filter ends whoever calls by "
                  "that entry",
              0,
              "let it: --seccomp-arch x86, or SCMP_ARCH_X86 among the "
              "profile's architectures; or run an x86_64 program",
              ErrorKind::kNotExecutable);
}

}  // namespace bulkhead
