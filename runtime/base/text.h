// Kernel files taken apart, without the C++ library's streams: those set up a
// locale, which costs more than the reading.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

namespace bulkhead {

/// What stands between the separators, empty parts too; after the last one only
/// if anything does. As long as `text` lives.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text,
                                                  char separator);

/// What stands between blanks, tabs and line ends.
[[nodiscard]] std::vector<std::string_view> words_of(std::string_view text);

/// The whole of `text` as a decimal number.
template <class Number>
[[nodiscard]] std::optional<Number> number_in(std::string_view text) {
  Number number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

}  // namespace bulkhead
