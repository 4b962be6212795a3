// rootfs: interpreters for programs of another architecture, registered in a
// binfmt_misc of the container's own user namespace (Linux 6.7). The host's
// register is another file system, and no step goes near it. No step has a
// shell's words: a script that leaves the user namespace out would write to it.
#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "runtime/base/file.h"
#include "runtime/plan/builder.h"
#include "runtime/plan/mount_steps.h"

namespace bulkhead {
namespace {

constexpr const char* kRegister = "/proc/sys/fs/binfmt_misc";
constexpr const char* kOwnRegisterRemedy =
    "a register of the container's own takes Linux 6.7 with "
    "CONFIG_BINFMT_MISC; an older kernel has one for all: there register the "
    "interpreter with flag F, in a machine of its own, and leave --binfmt out "
    "(the host's register is never touched from here)";
constexpr const char* kInterpreterRemedy =
    "the container's root must be allowed to execute the interpreter: mode "
    "755, on a mount without noexec";

/// P: the program keeps its argv[0] (qemu 6.0 and later see it in AT_FLAGS), O:
/// opened for it, C: with its credentials, F: the interpreter is
/// opened now, when the host's tree can still be reached, and for good.
constexpr const char* kFlags = "POCF";

Error unfit(const std::string& arch, const std::string& path, std::string why,
            int error = 0) {
  return {"binfmt: " + arch + "=" + path + ": " + std::move(why), error,
          "name a static program of this machine's own architecture, such as "
          "qemu-" +
              arch + "-static of Debian's qemu-user-static",
          ErrorKind::kRuntime};
}

/// Whether `file` is a program that runs alone: its own loader would be looked
/// for in the image.
Status check_interpreter(const Fd& file, const std::string& arch,
                         const std::string& path) {
  struct stat info {};
  if (fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return tl::unexpected(unfit(arch, path, "not a regular file"));
  }
  Elf64_Ehdr header{};
  const bool own =
      pread(file.get(), &header, sizeof header, 0) == sizeof header &&
      memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
      header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_machine == EM_X86_64 &&
      header.e_phentsize == sizeof(Elf64_Phdr);
  if (!own) return tl::unexpected(unfit(arch, path, "not an x86_64 program"));
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    const auto place = static_cast<off_t>(header.e_phoff + i * sizeof segment);
    if (pread(file.get(), &segment, sizeof segment, place) != sizeof segment) {
      return tl::unexpected(unfit(arch, path, "cut short"));
    }
    if (segment.p_type == PT_INTERP) {
      return tl::unexpected(unfit(
          arch, path, "needs a loader and libraries, which are not inside"));
    }
  }
  return {};
}

/// Bytes as the register takes them: "\x7f\x45".
std::string escaped_hex(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) {
    std::array<char, 5> hex;
    snprintf(hex.data(), hex.size(), "\\x%02x", static_cast<unsigned char>(c));
    text += hex.data();
  }
  return text;
}

/// …and as it shows them: "7f45".
std::string plain_hex(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) {
    std::array<char, 3> hex;
    snprintf(hex.data(), hex.size(), "%02x", static_cast<unsigned char>(c));
    text += hex.data();
  }
  return text;
}

std::string line_for(const ElfFormat& format, const std::string& interpreter) {
  return ":" + std::string(format.arch) +
         ":M::" + escaped_hex(elf_magic(format)) + ":" +
         escaped_hex(elf_mask(format)) + ":" + interpreter + ":" + kFlags;
}

std::string as_the_kernel_shows(const ElfFormat& format,
                                const std::string& interpreter) {
  return "enabled\ninterpreter " + interpreter + "\nflags: " + kFlags +
         "\noffset 0\nmagic " + plain_hex(elf_magic(format)) + "\nmask " +
         plain_hex(elf_mask(format)) + "\n" + '\0';
}

/// The interpreter is opened by the caller, as the caller, and registered by
/// that descriptor: no path of the host's is resolved by the container's root,
/// and what was checked is what will run. (A Landlock domain needs no rule for
/// it: flag F opens it again with the credentials of now, which have none.)
Status plan_interpreter(Builder& builder, const std::string& arch,
                        const std::string& path, int tree) {
  Result<Fd> file = open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK);
  if (!file) {
    return tl::unexpected(
        unfit(arch, path, "cannot be opened", file.error().errno_value));
  }
  if (Status status = check_interpreter(*file, arch, path); !status) {
    return status;
  }
  const ElfFormat& format = *elf_format_named(arch);
  const std::string place = "/proc/self/fd/" + std::to_string(file->get());
  const std::string line = line_for(format, place);
  const auto length = static_cast<std::int64_t>(line.size());
  const int file_slot = builder.slot();
  const int entry = builder.slot();
  builder.plan.prepared.emplace_back(file_slot, std::move(*file));
  builder
      .step("rootfs.binfmt:" + arch, Boundary::kRootfs, Side::kChild,
            "Opened once, by the caller: the image has no say in what runs "
            "its programs.",
            kInterpreterRemedy)
      .call(SYS_openat, "open(register)",
            {slot_value(tree), builder.text("register"),
             value(O_WRONLY | O_CLOEXEC)})
      .into(entry)
      .call(SYS_write,
            "write(register, " + arch + " by " + path + ", " + kFlags + ")",
            {slot_value(entry), builder.text(line), value(length)})
      .expect(length)
      .call(SYS_close, "close", {slot_value(entry)})
      .read_file(tree, arch, "read " + std::string(kRegister) + "/" + arch)
      .scratch_equals(as_the_kernel_shows(format, place));
  return {};
}

}  // namespace

Status plan_binfmt(Builder& builder) {
  if (builder.spec.binfmt.empty()) return {};
  MountFlags flags = {false, true, true, true};
  const int tree = [&] {
    StepBuilder step = builder.step(
        "rootfs.binfmt", Boundary::kRootfs, Side::kChild,
        "A register of the container's own user namespace, not the host's.",
        kOwnRegisterRemedy);
    return new_filesystem(builder, step, "binfmt_misc", {}, flags);
  }();
  for (const auto& [arch, path] : builder.spec.binfmt) {
    if (Status status = plan_interpreter(builder, arch, path, tree); !status) {
      return status;
    }
  }
  flags.read_only = true;
  // An unmounted register forgets what was registered: it stays, to be read.
  StepBuilder step = builder.step(
      "rootfs.binfmt_attach", Boundary::kRootfs, Side::kChild,
      "Read-only: the workload registers nothing of its own.",
      "the image's proc must show /proc/sys/fs/binfmt_misc: do not mask it");
  set_flags(builder, step, tree, flags, false);
  attach_tree(builder, step, tree, kRegister, MountPoint::kDirectory, flags);
  expect_mount(builder, kRegister, "binfmt_misc", flags);
  return {};
}

}  // namespace bulkhead
