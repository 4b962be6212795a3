// Small text: globs, and a command line split without a shell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace bulkhead::verify {

/// fnmatch(3) without special characters for '/': "pidns/*", "*keyring*".
[[nodiscard]] bool matches_glob(const std::string& glob,
                                const std::string& text);

/// Splits at blanks; '…' and "…" and \c quote; nothing else is special.
[[nodiscard]] Result<std::vector<std::string>> split_words(
    std::string_view text);

/// `text` as one word of a shell command.
[[nodiscard]] std::string shell_quoted(const std::string& text);

/// The last `limit` bytes of `text`, one line, for an error message.
[[nodiscard]] std::string last_words(std::string_view text,
                                     std::size_t limit = 300);

}  // namespace bulkhead::verify
