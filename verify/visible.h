// Text that nobody vouches for, made fit to stand in a document.
#pragma once

#include <string>
#include <string_view>

namespace bulkhead::verify {

/// More of one text is of no use to a reader; the JSON document has it whole.
inline constexpr std::size_t kMostVisibleBytes = 4096;

/// `text` as one line of valid UTF-8 without anything that acts instead of
/// showing: control characters, direction overrides and what XML has no word
/// for become escapes (\n, \x1b, \u202e), bytes that are no UTF-8 as well
/// (\xff). Cut, and saying so, where the result would exceed `limit`.
[[nodiscard]] std::string visible(std::string_view text,
                                  std::size_t limit = kMostVisibleBytes);

}  // namespace bulkhead::verify
