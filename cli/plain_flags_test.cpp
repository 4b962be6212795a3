// What is read the short way means the same to the whole parser.
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <random>

#include "cli/request.h"

namespace bulkhead::cli {
namespace {

std::optional<Request> parsed(std::vector<std::string> words) {
  CLI::App app;
  app.require_subcommand(1);
  for (const char* other : {"explain", "spec", "verify"}) {
    app.add_subcommand(other);
  }
  Request request;
  add_request(*app.add_subcommand("run"), request);
  words.insert(words.begin(), "run");
  std::ranges::reverse(words);
  try {
    app.parse(words);
  } catch (const CLI::ParseError&) {
    return std::nullopt;
  }
  return request;
}

std::string shown(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += "[" + word + "] ";
  return text;
}

TEST(PlainFlags, MeanTheSameToTheWholeParser) {
  std::mt19937 random(20'261'125);
  const auto among = [&](auto&& values) {
    return values[random() % std::size(values)];
  };
  const std::vector<std::string> values = {
      "a",   "",   "1",    "-1",   "-x",  "--",  "A=1", "a b",   "[a]",  "{}",
      "64M", "/x", "run",  "spec", "a,b", "%%",  "'a'", "\"a\"", "true", "a:b",
      "=",   "a=", "--rw", "#a",   "\\n", "`a`", "-1x", "--env"};
  int read = 0;
  for (int i = 0; i < 6000; ++i) {
    std::vector<std::string> words;
    const std::size_t flags = random() % 5;
    while (words.size() < flags) {
      const Flag& flag = among(spec_flags());
      std::string word(flag.name);
      if (random() % 4 == 0) word += "=" + among(values);
      words.push_back(word);
      if (*flag.type != '\0' && random() % 8 != 0) {
        words.push_back(among(values));
      }
    }
    if (random() % 4 != 0) words.emplace_back("--");
    for (std::size_t rest = random() % 3; rest > 0; --rest) {
      words.push_back(among(values));
    }
    const std::vector<std::string_view> views(words.begin(), words.end());
    SpecFlags plain;
    if (!read_plain_flags(views, plain)) continue;
    ++read;
    // CLI11 takes "[a]" apart, even in a command.
    if (std::ranges::find(words, "[a]") != words.end()) continue;
    const auto whole = parsed(words);
    ASSERT_TRUE(whole) << shown(words);
    EXPECT_EQ(whole->flags, plain) << shown(words);
  }
  EXPECT_GT(read, 1000);
}

TEST(PlainFlags, LeaveTheCommandToItself) {
  for (const char* flag : {"--env", "--group", "--prefer", "--mask"}) {
    const auto request = parsed({flag, "7", "sh"});
    ASSERT_TRUE(request) << flag;
    EXPECT_EQ(request->flags.command, std::vector<std::string>{"sh"}) << flag;
  }
}

TEST(PlainFlags, HaveNoNameTwice) {
  for (const Flag& flag : spec_flags()) {
    EXPECT_EQ(std::ranges::count(spec_flags(), flag.name, &Flag::name), 1)
        << flag.name;
  }
}

}  // namespace
}  // namespace bulkhead::cli
