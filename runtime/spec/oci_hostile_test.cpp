// Bytes that nobody vouches for: refused with a pointer, never a crash.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "runtime/spec/oci.h"
#include "runtime/spec/oci_test_configs.h"

namespace bulkhead {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::vector<Complaint> complaints_of(std::string_view text) {
  const auto spec = parse_oci(text, "/bundle");
  return spec ? std::vector<Complaint>() : spec.error();
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

TEST(HostileConfig, TenMegabytesAreRefusedUnread) {
  const auto complaints = complaints_of(std::string(10 << 20, ' '));
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_THAT(complaints[0].text, HasSubstr("10485760 bytes"));
}

TEST(HostileConfig, DepthOfAHundredThousandIsRefused) {
  for (const char* open : {"[", "{\"a\":", "[{\"a\":"}) {
    const auto complaints = complaints_of(repeated(open, 100000));
    ASSERT_EQ(complaints.size(), 1U);
    EXPECT_THAT(complaints[0].text, HasSubstr("nested deeper than 64"));
  }
}

TEST(HostileConfig, DepthIsCountedExactly) {
  const auto nested = [](std::size_t depth) {
    return repeated("[", depth) + repeated("]", depth);
  };
  EXPECT_THAT(complaints_of(nested(kMaxConfigDepth)).at(0).text,
              HasSubstr("is not an object"));
  EXPECT_THAT(complaints_of(nested(kMaxConfigDepth + 1)).at(0).text,
              HasSubstr("nested"));
}

TEST(HostileConfig, DuplicateMembersAreNamed) {
  const auto complaints = complaints_of(
      R"({"process":{"args":["a"],"args":["b"]},
          "mounts":[{}, {"x":1,"y":{},"x":2}], "process":1})");
  std::vector<std::string> pointers;
  for (const Complaint& complaint : complaints) {
    pointers.push_back(complaint.pointer);
    EXPECT_THAT(complaint.text, HasSubstr("more than once"));
  }
  EXPECT_THAT(pointers,
              testing::ElementsAre("/process/args", "/mounts/1/x", "/process"));
}

TEST(HostileConfig, InvalidUtf8IsRefused) {
  for (const char* bytes :
       {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80"}) {
    const std::string text = R"({"hostname":")" + std::string(bytes) + "\"}";
    const auto complaints = complaints_of(text);
    ASSERT_EQ(complaints.size(), 1U);
    EXPECT_EQ(complaints[0].pointer, "/hostname");
    EXPECT_THAT(complaints[0].text, HasSubstr("not JSON"));
  }
}

TEST(HostileConfig, NulInAStringIsRefusedWithItsPlace) {
  const auto complaints =
      complaints_of(R"({"process":{"args":["a","b\u0000c"]},"x\u0000y":1})");
  ASSERT_EQ(complaints.size(), 2U);
  EXPECT_EQ(complaints[0].pointer, "/process/args/1");
  EXPECT_EQ(complaints[1].pointer, "/x?y");
}

TEST(HostileConfig, WhatIsNotJsonIsRefused) {
  for (const char* text :
       {"", " ", "{", "}", "nul", "{}{}", "{\"a\":1,}", "[1,]", "'a'",
        "{\"a\":1e999}", "{\"a\":01}", "\xef\xbb\xbf", "{\"a\":NaN}"}) {
    EXPECT_FALSE(complaints_of(text).empty()) << text;
  }
  EXPECT_FALSE(complaints_of(std::string("{}\0", 3)).empty());
}

/// Every place of `tree`, outermost first.
void places_of(const json& tree, const std::string& pointer,
               std::vector<std::string>& places) {
  places.push_back(pointer);
  if (!tree.is_structured()) return;
  for (const auto& [key, value] : tree.items()) {
    json::json_pointer place(pointer);
    places_of(value, (place / key).to_string(), places);
  }
}

TEST(HostileConfig, WrongTypesEverywhereAreComplainedAboutThere) {
  const json good = json::parse(kEngineConfig);
  std::vector<std::string> places;
  places_of(good, "", places);
  const std::vector<json> wrong = {json(true),       json(-7),
                                   json(1.5),        json("\x1b[2J"),
                                   json::array({1}), json{{"k", 1}}};
  std::size_t tried = 0;
  for (const std::string& place : places) {
    if (place.starts_with("/annotations")) continue;
    for (const json& value : wrong) {
      const json::json_pointer pointer(place);
      if (good.at(pointer).type() == value.type()) continue;
      if (good.at(pointer).is_number() && value.is_number_integer()) continue;
      json config = good;
      config[pointer] = value;
      const auto complaints = complaints_of(config.dump());
      bool there = false;  // Others may follow from it, elsewhere.
      for (const Complaint& complaint : complaints) {
        there |= complaint.pointer.starts_with(place) ||
                 place.starts_with(complaint.pointer);
        EXPECT_EQ(complaint.text.find('\x1b'), std::string::npos);
      }
      EXPECT_TRUE(there) << place << " = " << value;
      ++tried;
    }
  }
  EXPECT_GT(tried, 400U);
}

TEST(HostileConfig, MutatedBytesNeverCrash) {
  const std::string good(kEngineConfig);
  std::mt19937 random(7);
  std::size_t refused = 0;
  for (int i = 0; i < 1500; ++i) {
    std::string text = good;
    for (unsigned edits = 1 + random() % 4; edits > 0; --edits) {
      if (text.empty()) break;
      const std::size_t at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, random() % 40);
          break;
        case 2:
          text.insert(at, text.substr(random() % text.size(), random() % 40));
          break;
        default:
          text.resize(at + 1);
      }
    }
    if (!complaints_of(text).empty()) ++refused;
  }
  EXPECT_GT(refused, 1000U);
}

TEST(HostileConfig, ManyMembersAndComplaintsStayCheap) {
  std::string text = "{";
  for (int i = 0; i < 90000; ++i) {
    text += "\"" + std::to_string(i) + "\":1,";
  }
  text += "\"x\":[]}";
  ASSERT_LE(text.size(), kMaxConfigBytes);
  EXPECT_GT(complaints_of(text).size(), 90000U);
}

}  // namespace
}  // namespace bulkhead
