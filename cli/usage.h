// What is wrong with a command line, said so that the next try is right.
#pragma once

#include <span>
#include <string>

namespace CLI {
class App;
class ParseError;
class Validator;
}  // namespace CLI

namespace bulkhead::cli {

/// A sentence about why `app` could not parse `words`, the program's arguments
/// without its name: the verb or flag that does not exist and the nearest that
/// does, or else what `error` says; and where to read on.
[[nodiscard]] std::string usage_problem(const CLI::App& app,
                                        std::span<char* const> words,
                                        const CLI::ParseError& error);

/// Refuses "-" where a file is to be written: elsewhere it stands for stdout,
/// and here it would become the name of a file. `instead` is what writes to
/// stdout.
[[nodiscard]] CLI::Validator names_a_file(const std::string& instead);

}  // namespace bulkhead::cli
