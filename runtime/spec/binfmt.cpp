#include "runtime/spec/binfmt.h"

#include <elf.h>

#include <algorithm>
#include <array>

namespace bulkhead {
namespace {

constexpr std::uint16_t kEmLoongArch = 258;  // newer than Debian 12's <elf.h>

constexpr std::array kFormats = std::to_array<ElfFormat>({
    {"aarch64", true, false, EM_AARCH64},
    {"alpha", true, false, 0x9026},  // EM_ALPHA, the number in use
    {"arm", false, false, EM_ARM},
    {"i386", false, false, EM_386},
    {"loongarch64", true, false, kEmLoongArch},
    {"m68k", false, true, EM_68K},
    {"mips", false, true, EM_MIPS},
    {"mips64", true, true, EM_MIPS},
    {"mips64el", true, false, EM_MIPS},
    {"mipsel", false, false, EM_MIPS},
    {"ppc", false, true, EM_PPC},
    {"ppc64", true, true, EM_PPC64},
    {"ppc64le", true, false, EM_PPC64},
    {"riscv32", false, false, EM_RISCV},
    {"riscv64", true, false, EM_RISCV},
    {"s390x", true, true, EM_S390},
    {"sh4", false, false, EM_SH},
    {"sparc64", true, true, EM_SPARCV9},
});

std::string half(const ElfFormat& format, std::uint16_t number) {
  const char low = static_cast<char>(number & 0xff);
  const char high = static_cast<char>(number >> 8);
  return format.big_endian ? std::string{high, low} : std::string{low, high};
}

}  // namespace

const ElfFormat* elf_format_named(std::string_view arch) {
  const auto* const found = std::ranges::find(kFormats, arch, &ElfFormat::arch);
  return found == kFormats.end() ? nullptr : found;
}

const ElfFormat* elf_format_of(std::string_view header) {
  if (header.size() < kElfMagicBytes) return nullptr;
  const auto matches = [&](const ElfFormat& format) {
    const std::string magic = elf_magic(format);
    const std::string mask = elf_mask(format);
    for (std::size_t i = 0; i < kElfMagicBytes; ++i) {
      if (((header[i] ^ magic[i]) & mask[i]) != 0) return false;
    }
    return true;
  };
  const auto* const found = std::ranges::find_if(kFormats, matches);
  return found == kFormats.end() ? nullptr : found;
}

std::string elf_format_names() {
  std::string names;
  for (const ElfFormat& format : kFormats) {
    names += (names.empty() ? "" : ", ") + std::string(format.arch);
  }
  return names;
}

std::string elf_magic(const ElfFormat& format) {
  std::string magic(ELFMAG, SELFMAG);
  magic += static_cast<char>(format.wide ? ELFCLASS64 : ELFCLASS32);
  magic += static_cast<char>(format.big_endian ? ELFDATA2MSB : ELFDATA2LSB);
  magic += static_cast<char>(EV_CURRENT);
  magic.resize(EI_NIDENT, '\0');
  return magic + half(format, ET_EXEC) + half(format, format.machine);
}

std::string elf_mask(const ElfFormat& format) {
  // Neither the OS nor what follows it tells architectures apart.
  std::string mask(EI_OSABI, '\xff');
  mask.resize(EI_NIDENT, '\0');
  // ET_EXEC is 2 and ET_DYN, a position-independent program, 3.
  return mask + half(format, 0xfffe) + half(format, 0xffff);
}

}  // namespace bulkhead
