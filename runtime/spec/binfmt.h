// Programs of another architecture: which of its interpreters the container
// runs them by (Linux, Documentation/admin-guide/binfmt-misc.rst).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace bulkhead {

/// uname -m's word for an architecture → absolute host path of a program that
/// runs its ELF files, such as qemu-aarch64-static. The word is the kernel's,
/// binfmt_misc, since that is what is set up and what people look for.
using Binfmt = std::map<std::string, std::string>;

/// What tells the ELF files of one architecture apart.
struct ElfFormat {
  std::string_view arch;  ///< As uname -m has it.
  bool wide;              ///< ELFCLASS64
  bool big_endian;        ///< ELFDATA2MSB
  std::uint16_t machine;  ///< EM_*
};

/// Nothing for one that is not known, or is this kernel's own.
[[nodiscard]] const ElfFormat* elf_format_named(std::string_view arch);

/// What of `header` (its first bytes) is; nothing if it is no ELF file of an
/// architecture of the table.
[[nodiscard]] const ElfFormat* elf_format_of(std::string_view header);

/// "aarch64, arm, …": for complaints.
[[nodiscard]] std::string elf_format_names();

/// The first bytes of such a file, and which of their bits count, both of
/// kElfMagicBytes.
inline constexpr std::size_t kElfMagicBytes = 20;
[[nodiscard]] std::string elf_magic(const ElfFormat& format);
[[nodiscard]] std::string elf_mask(const ElfFormat& format);

/// The config.json annotation that stands for Spec::binfmt: OCI has no field.
/// Its value is the text of a JSON object:
///   {"aarch64": "/usr/bin/qemu-aarch64-static"}
inline constexpr const char* kBinfmtAnnotation = "bulkhead.binfmt";

}  // namespace bulkhead
