#include "verify/visible.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace bulkhead::verify {
namespace {

struct Character {
  std::uint32_t code = 0;
  std::size_t bytes = 0;  ///< 0: no UTF-8 begins here.
};

/// Strict: no overlong forms, no surrogates, nothing above U+10FFFF.
Character first_of(std::string_view text) {
  constexpr std::array<std::uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return static_cast<unsigned char>(text[i]);
  };
  if (byte(0) < 0x80) return {byte(0), 1};
  const std::size_t bytes = (byte(0) & 0xe0U) == 0xc0   ? 2
                            : (byte(0) & 0xf0U) == 0xe0 ? 3
                            : (byte(0) & 0xf8U) == 0xf0 ? 4
                                                        : 0;
  if (bytes == 0 || bytes > text.size()) return {};
  std::uint32_t code = byte(0) & (0x7fU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return {};
    code = code << 6U | (byte(i) & 0x3fU);
  }
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < kLeast[bytes] || surrogate || code > 0x10ffff) return {};
  return {code, bytes};
}

/// Characters that a terminal, a browser or an XML parser would act on.
bool acts(std::uint32_t code) {
  const auto within = [code](std::uint32_t first, std::uint32_t last) {
    return code >= first && code <= last;
  };
  return code < 0x20 || within(0x7f, 0x9f) || within(0x200e, 0x200f) ||
         within(0x2028, 0x202e) || within(0x2066, 0x2069) || code == 0xfeff ||
         within(0xfffe, 0xffff);
}

std::string escaped(std::uint32_t code) {
  switch (code) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return code < 0x80 ? fmt::format("\\x{:02x}", code)
                         : fmt::format("\\u{:04x}", code);
  }
}

}  // namespace

std::string visible(std::string_view text, std::size_t limit) {
  std::string line;
  while (!text.empty()) {
    const Character next = first_of(text);
    const std::size_t bytes = next.bytes == 0 ? 1 : next.bytes;
    const std::string shown =
        next.bytes == 0
            ? fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]))
        : acts(next.code) ? escaped(next.code)
                          : std::string(text.substr(0, bytes));
    if (line.size() + shown.size() > limit) {
      return line + fmt::format("… ({} more bytes)", text.size());
    }
    line += shown;
    text.remove_prefix(bytes);
  }
  return line;
}

}  // namespace bulkhead::verify
