#include "verify/schema_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "verify/page_samples.h"
#include "verify/report_schema.h"

namespace bulkhead::verify::schema_check_test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

/// What is wrong with `value`, one line each.
std::string wrong(const json& schema, const json& value) {
  std::string lines;
  for (const Violation& one : violations_of(schema, schema, value)) {
    lines += one.message() + "\n";
  }
  return lines;
}

struct Case {
  const char* schema;
  const char* right;
  const char* bad;
  const char* said;
};

TEST(SchemaCheck, KnowsEveryWordOfThePublishedSchemas) {
  const Case cases[] = {
      {R"({"type": "string"})", R"("")", "7",
       "it is 7, where the type string belongs\n"},
      {R"({"type": ["string", "null"]})", "null", "{}",
       "it is an object, where the type string or null belongs\n"},
      {R"({"type": "integer"})", "7", "7.5",
       "it is 7.5, where the type integer belongs\n"},
      {R"({"type": "boolean"})", "true", "0",
       "it is 0, where the type boolean belongs\n"},
      {R"({"const": "a"})", R"("a")", R"("b")",
       "it is \"b\", where \"a\" belongs\n"},
      {R"({"enum": ["a", "b"]})", R"("b")", R"("fine")",
       "it is \"fine\", where one of \"a\", \"b\" belongs\n"},
      {R"({"minimum": 0})", "0", "-1", "it is -1, where at least 0 belongs\n"},
      {R"({"minLength": 1})", R"("x")", R"("")", "it is empty\n"},
      {R"({"pattern": "^[a-z]+/[0-9]{2}$"})", R"("a/12")", R"("a/12\n")",
       R"(it is "a/12\n", where a text like "^[a-z]+/[0-9]{2}$" belongs)"
       "\n"},
      {R"({"pattern": "^a$"})", R"("a")", R"("a\u0000")",
       R"(it is "a\u0000", where a text like "^a$" belongs)"
       "\n"},
      {R"({"pattern": "^a"})", R"("a\u0000b")", R"("\u0000a")",
       R"(it is "\u0000a", where a text like "^a" belongs)"
       "\n"},
      {R"({"items": {"type": "null"}})", "[null]", "[null, 1]",
       "/1 is 1, where the type null belongs\n"},
      {R"({"minItems": 1})", "[1]", "[]",
       "it has 0 entries, where at least 1 belong\n"},
      {R"({"uniqueItems": true})", "[1, 2]", "[1, 1]",
       "it says the same thing twice\n"},
      {R"({"required": ["a"]})", R"({"a": 1})", "{}", "it has no \"a\"\n"},
      {R"({"properties": {"a": {"type": "null"}}})", R"({"b": 1})",
       R"({"a": 1})", "/a is 1, where the type null belongs\n"},
      {R"({"properties": {"a": {}}, "additionalProperties": false})",
       R"({"a": 1})", R"({"b": 1})",
       "it has \"b\", of which this program knows nothing\n"},
      {R"({"oneOf": [{"type": "null"},
                     {"type": "object", "required": ["a"]}]})",
       R"({"a": 1})", "{}", "it has no \"a\"\n"},
      {R"({"anyOf": [{"const": 1}, {"const": 2}]})", "2", "3",
       "it is 3, where 1 belongs\n"},
      {R"({"allOf": [{"minimum": 1}, {"minimum": 2}]})", "2", "1",
       "it is 1, where at least 2 belongs\n"},
      {R"({"if": {"const": 1}, "then": {"const": 2}, "else": {"const": 3}})",
       "3", "1", "it is 1, where 2 belongs\n"},
      {R"({"$defs": {"a": {"const": 1}}, "$ref": "#/$defs/a"})", "1", "2",
       "it is 2, where 1 belongs\n"},
  };
  for (const Case& one : cases) {
    const json schema = json::parse(one.schema);
    EXPECT_EQ(wrong(schema, json::parse(one.right)), "") << one.schema;
    EXPECT_EQ(wrong(schema, json::parse(one.bad)), one.said) << one.schema;
  }
}

TEST(SchemaCheck, ANumberMayBeAFraction) {
  const json schema = json::parse(R"({"type": "number"})");
  EXPECT_EQ(wrong(schema, 2), "");
  EXPECT_EQ(wrong(schema, 2.5), "");
  EXPECT_NE(wrong(schema, "2"), "");
}

TEST(SchemaCheck, AWordItDoesNotKnowIsNeverIgnored) {
  EXPECT_THROW((void)wrong(json::parse(R"({"maximum": 1})"), 2),
               std::logic_error);
  EXPECT_THROW((void)wrong(json::parse(R"({"type": "fraction"})"), 2),
               std::logic_error);
}

TEST(SchemaCheck, ReportsAreOfThePublishedForm) {
  const json schema = json::parse(report_schema());
  EXPECT_EQ(wrong(schema, to_document(proven_report())), "");
  Report two = proven_report();
  two.runs.push_back(two.runs[0]);
  EXPECT_EQ(wrong(schema, to_document(two)), "");
  json broken = to_document(two);
  broken["runs"][1]["records"][0]["attempt"]["outcome"] = "reached";
  EXPECT_THAT(wrong(schema, broken), HasSubstr("refused"));
}

TEST(SchemaCheck, AHostileTextIsQuotedShortAndVisible) {
  const std::string said =
      wrong(json::parse(R"({"pattern": "^([a-z]+)$"})"),
            json(std::string(1'000'000, 'a') + "\033[2J\u202e"));
  EXPECT_LT(said.size(), 200U);
  EXPECT_THAT(said, HasSubstr("more bytes"));
}

}  // namespace
}  // namespace bulkhead::verify::schema_check_test
