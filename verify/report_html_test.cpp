// How it looks and acts is checked by integration/test_page.py.
#include "verify/report_html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verify/page_files.h"
#include "verify/page_samples.h"
#include "verify/report_formats.h"

namespace bulkhead::verify::report_html_test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

std::size_t times(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

/// What stands in the page's data element.
json data_in(const std::string& page) {
  const std::string begin = R"(<script type="application/json" id="data">)";
  const std::size_t from = page.find(begin) + begin.size();
  return json::parse(page.substr(from, page.find("</script>", from) - from));
}

TEST(Html, TheTitleSaysTheResultTwice) {
  const std::string page = to_html(proven_report());
  const std::string title =
      "1 kernel, 1 subject, 3 probes: 1 escape in 1 subject, 1 unsupported";
  EXPECT_THAT(page, HasSubstr("<title>" + title + "</title>"));
  EXPECT_THAT(page, HasSubstr("<h1 class=\"escaped\">" + title + "</h1>"));
}

TEST(Html, NoBlankIsLeft) {
  const std::string page = to_html(proven_report());
  for (const char* blank :
       {"@TITLE@", "@RESULT@", "@POLICY@", "@STYLE@", "@SCRIPT@", "@DATA@"}) {
    EXPECT_EQ(times(page_template(), blank),
              blank == std::string("@TITLE@") ? 2U : 1U);
    EXPECT_THAT(page, Not(HasSubstr(blank)));
  }
}

TEST(Html, ATextThatLooksLikeABlankIsText) {
  Report report = proven_report();
  report.runs[0].name = "@DATA@";
  const std::string page = to_html(report);
  EXPECT_EQ(times(page, "@DATA@"), 1U);
  EXPECT_EQ(data_in(page)["runs"][0]["subject"], "@DATA@");
}

TEST(Html, NoTextEndsTheDataOrBeginsATag) {
  const std::string page = to_html(hostile_report());
  // The page's own, and no other.
  EXPECT_EQ(times(page, "</script"), times(page_template(), "</script"));
  EXPECT_EQ(times(page, "<script"), times(page_template(), "<script"));
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, Not(HasSubstr("<!--")));
  const json data = data_in(page);
  EXPECT_EQ(data["runs"].size(), 3U);
  EXPECT_THAT(data["records"][1]["evidence"].get<std::string>(),
              HasSubstr("</failure>"));
}

TEST(Html, NoTextTurnsTheDirectionOrActs) {
  const json data = data_in(to_html(hostile_report()));
  const std::string all = data.dump();
  for (const char* acts : {"\033", "\u202e", "\u2028", "\ufeff", "\x7f"}) {
    EXPECT_THAT(all, Not(HasSubstr(acts)));
  }
  const std::string evidence = data["records"][1]["evidence"];
  EXPECT_THAT(evidence, HasSubstr("\\u202e"));
  EXPECT_THAT(evidence, HasSubstr("\\x1b[2J"));
}

TEST(Html, InlinedJsonIsTheSameJson) {
  const json value = {{"<a>", "</script><!-- \u2028 \" ' & \\ é"}};
  const std::string text = inlined(value);
  EXPECT_EQ(json::parse(text), value);
  EXPECT_THAT(text, Not(HasSubstr("<")));
  for (const char c : text) EXPECT_LT(static_cast<unsigned char>(c), 0x80);
}

TEST(Html, EscapesWhatHtmlActsOn) {
  EXPECT_EQ(html_escaped("<a b=\"c\" d='e'>&amp;"),
            "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;");
}

TEST(Html, ThePolicyNamesItsOwnScriptAndStyle) {
  // printf abc | openssl dgst -sha256 -binary | base64, of a page's parts: the
  // browser compares them in integration/test_page.py.
  const std::string page = to_html(proven_report());
  EXPECT_THAT(page, HasSubstr("default-src 'none'; base-uri 'none'; "
                              "form-action 'none'; style-src 'sha256-"));
  EXPECT_THAT(page, Not(HasSubstr("unsafe-inline")));
  EXPECT_THAT(page, Not(HasSubstr(" src=")));
}

TEST(Html, TheScriptMakesNoMarkupOfText) {
  const std::string script =
      std::string(page_script()) + std::string(details_script());
  for (const char* way : {"innerHTML", "outerHTML", "insertAdjacentHTML",
                          "document.write", "eval(", "Function(", "http:"}) {
    EXPECT_THAT(script, Not(HasSubstr(way)));
  }
}

TEST(Html, AReportThatIsNotOfTheFormSaysSo) {
  Report report = proven_report();
  report.machine.erase("cgroups");
  const json data = data_in(to_html(report));
  EXPECT_THAT(data["problems"].dump(), HasSubstr("has no \\\"cgroups\\\""));
  EXPECT_EQ(data_in(to_html(proven_report()))["problems"], json::array());
}

TEST(Html, RunsOfDifferentSpecsAreNotComparedInSilence) {
  Report other = proven_report("5.10.0");
  other.spec["hostname"] = "other";
  const json model = page_model(
      {.reports = {document_of(proven_report()), document_of(other)}});
  EXPECT_THAT(model["problems"].dump(), HasSubstr("2 different specs"));
}

TEST(Html, AReportWithoutRunsIsStillAPage) {
  EXPECT_EQ(data_in(to_html(Report{}))["result"], "inconclusive");
  EXPECT_EQ(data_in(to_html(report_without_proof()))["result"], "inconclusive");
}

}  // namespace
}  // namespace bulkhead::verify::report_html_test
