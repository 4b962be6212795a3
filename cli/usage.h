// What is wrong with a command line, said so that the next try is right.
#pragma once

#include <span>
#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace bulkhead::cli {

/// A sentence about why `app` could not parse `words`, the program's arguments
/// without its name: the verb or flag that does not exist and the nearest that
/// does, or else what `error` says; and where to read on.
[[nodiscard]] std::string usage_problem(const CLI::App& app,
                                        std::span<char* const> words,
                                        const CLI::ParseError& error);

}  // namespace bulkhead::cli
