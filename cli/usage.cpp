#include "cli/usage.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <numeric>
#include <string_view>
#include <vector>

namespace bulkhead::cli {
namespace {

/// More letters than that are another word.
constexpr std::size_t kFarthest = 2;

/// How many letters have to be put in, left out or replaced.
std::size_t distance(std::string_view one, std::string_view other) {
  std::vector<std::size_t> row(other.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < one.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < other.size(); ++j) {
      const std::size_t replaced = diagonal + (one[i] == other[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

/// ", did you mean X?", or nothing.
std::string suggestion(const std::string& word,
                       const std::vector<std::string>& names) {
  const auto nearest = std::ranges::min_element(
      names, {}, [&](const std::string& name) { return distance(word, name); });
  if (nearest == names.end() || distance(word, *nearest) > kFarthest) return {};
  return ", did you mean " + *nearest + "?";
}

std::vector<std::string> verbs_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb :
       app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(verb->get_name());
  }
  return names;
}

std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  return names;
}

/// The first word before "--" that looks like a flag and is none of `app`;
/// nothing where all are.
std::string unknown_flag(const CLI::App& app, std::span<char* const> words) {
  for (const std::string_view word : words) {
    if (word == "--") return {};
    if (word.size() < 2 || word[0] != '-') continue;
    std::string name(word.substr(0, word.find('=')));
    if (app.get_option_no_throw(name) == nullptr) return name;
  }
  return {};
}

/// Of those that nothing took, the first in the order of the command line.
std::string first_unexpected(const CLI::App& verb,
                             std::span<char* const> words) {
  const std::vector<std::string> left = verb.remaining();
  for (const std::string_view word : words) {
    if (std::ranges::find(left, word) != left.end()) return std::string(word);
  }
  return {};
}

/// The verb that `words` begin with; null: none.
const CLI::App* verb_of(const CLI::App& app, std::span<char* const> words) {
  for (const CLI::App* verb :
       app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!words.empty() && verb->get_name() == words[0]) return verb;
  }
  return nullptr;
}

std::string problem(const CLI::App& app, std::span<char* const> words,
                    const CLI::ParseError& error) {
  const CLI::App* verb = verb_of(app, words);
  const std::vector<std::string> verbs = verbs_of(app);
  const std::string all = CLI::detail::join(verbs, ", ");
  if (words.empty()) return "say what to do: " + all;
  if (verb == nullptr && words[0][0] != '-') {
    return "there is no verb " + std::string(words[0]) +
           suggestion(words[0], verbs) + "; there are " + all;
  }
  const auto code = static_cast<CLI::ExitCodes>(error.get_exit_code());
  const bool too_much = code == CLI::ExitCodes::ExtrasError;
  if (!too_much && code != CLI::ExitCodes::RequiredError) return error.what();
  if (verb == nullptr) verb = &app;
  const std::string flag = unknown_flag(*verb, words);
  if (!flag.empty()) {
    return "there is no flag " + flag + suggestion(flag, flags_of(*verb));
  }
  const std::string word = too_much ? first_unexpected(*verb, words) : "";
  if (word.empty()) return error.what();
  return "nothing is expected where " + word + " is";
}

}  // namespace

std::string usage_problem(const CLI::App& app, std::span<char* const> words,
                          const CLI::ParseError& error) {
  const CLI::App* verb = verb_of(app, words);
  return problem(app, words, error) + "; see `bulkhead " +
         (verb != nullptr ? verb->get_name() + " " : std::string()) + "--help`";
}

CLI::Validator names_a_file(const std::string& instead) {
  return CLI::Validator(
      [instead](const std::string& path) {
        return path == "-" ? "- is no file: for stdout " + instead
                           : std::string();
      },
      {});
}

}  // namespace bulkhead::cli
