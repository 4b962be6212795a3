#include "verify/report_formats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "runtime/base/file.h"
#include "verify/report_samples.h"
#include "verify/report_schema.h"
#include "verify/report_view.h"

namespace bulkhead::verify::report_formats_test {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Formats, EveryNameRendersAndNoOtherDoes) {
  EXPECT_THAT(format_names(),
              ElementsAre("tty", "json", "ktap", "junit", "sarif", "markdown",
                          "openmetrics", "html"));
  for (const std::string& name : format_names()) {
    EXPECT_THAT(render(sample_report(), name, false), HasSubstr("pidns/b"))
        << name;
  }
  EXPECT_EQ(render(sample_report(), "papyrus", false), "");
}

TEST(Formats, EachTellsWhatIsOpenAndWhatWasNotExamined) {
  for (const std::string& name : format_names()) {
    const std::string text = render(bundle_report(), name, false);
    EXPECT_THAT(text, HasSubstr("open")) << name;
    EXPECT_THAT(text, HasSubstr("seccomp/f")) << name;
    if (name == "openmetrics") continue;  // Numbers alone.
    EXPECT_THAT(text, HasSubstr("/hooks: not implemented")) << name;
    EXPECT_THAT(text, HasSubstr("Remedy.")) << name;
  }
}

TEST(Formats, OpenIsNoGreenAndNoRed) {
  const Report report = bundle_report();
  EXPECT_EQ(exit_status(report), kExitContained);
  EXPECT_EQ(summarise(report.runs.front()).open, 1U);
  EXPECT_EQ(summarise(report.runs.front()).contained, 1U);
  EXPECT_THAT(to_terminal(report, false), HasSubstr("○ 1"));
  EXPECT_THAT(to_ktap(report), HasSubstr("ok 1 seccomp/f # SKIP open: why"));
  EXPECT_THAT(to_junit(report), HasSubstr("<skipped message=\"open: why"));
  EXPECT_THAT(to_sarif(report), HasSubstr("\"level\": \"note\""));
  EXPECT_THAT(to_openmetrics(report), HasSubstr("verdict=\"open\"} 1"));
  Report open = report;
  open.runs.front().records.erase(open.runs.front().records.begin());
  EXPECT_EQ(exit_status(open), kExitContained);
  open.runs.front().records.front().verdict = Verdict::kInconclusive;
  EXPECT_EQ(exit_status(open), kExitInconclusive);
}

TEST(Formats, OnlyTheTerminalIsPainted) {
  for (const std::string& name : format_names()) {
    EXPECT_EQ(
        render(sample_report(), name, true).find('\033') != std::string::npos,
        name == "tty")
        << name;
  }
}

TEST(Formats, NoneCarriesWhatWouldActOnATerminal) {
  for (const std::string& name : format_names()) {
    const std::string text = render(hostile_report(), name, false);
    EXPECT_THAT(text, HasSubstr("end-of-hostile")) << name;
    for (const unsigned char c : text) {
      // JSON has all of it, for programs; it need not escape DEL.
      ASSERT_TRUE(c == '\n' || (c >= 0x20 && (c != 0x7f || name == "json")))
          << name;
    }
  }
}

TEST(Formats, TheTerminalKeepsOneLineForOneText) {
  const std::string text = to_terminal(hostile_report(), false);
  EXPECT_THAT(text, Not(HasSubstr("\nok 1 forged")));
  EXPECT_THAT(text, HasSubstr("\\x1b[2J"));
}

TEST(Formats, ARecordOfTheDocumentStandsAlone) {
  const json document = to_document(sample_report());
  for (const json& record : document["records"]) {
    EXPECT_EQ(record["kernel"], "6.1.0");
    EXPECT_EQ(record["subject"],
              json({{"name", "crun"}, {"version", "crun 1.8"}}));
    EXPECT_EQ(record["spec_digest"], spec_digest(sample_report()));
  }
}

TEST(Formats, TheDigestIsThatOfTheCanonicalSpec) {
  // printf '{"a":1,"b":[2]}' | sha256sum
  const Report report{.spec = json::parse(R"( {"b": [2], "a": 1} )")};
  EXPECT_EQ(spec_digest(report),
            "sha256:"
            "0855bfc20eb6cfaa4be7d6b510c63dd2"
            "2997718bddadcb1a4915cec3a16145b9");
}

TEST(Formats, TheSchemaIsInside) {
  const json schema = json::parse(report_schema());
  EXPECT_EQ(schema["title"], to_document(sample_report())["schema"]);
}

TEST(Formats, AReportFileHasAFormatAndAPath) {
  const auto file = parse_report_file("junit=a=b.xml");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->format, "junit");
  EXPECT_EQ(file->path, "a=b.xml");
  for (const char* wrong : {"", "junit", "junit=", "=x", "papyrus=x", "x"}) {
    const auto refused = parse_report_file(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(refused.error().what, HasSubstr("openmetrics"));
  }
  const auto no_file = parse_report_file("junit=-");
  ASSERT_FALSE(no_file);
  EXPECT_THAT(no_file.error().message(), HasSubstr("--format junit"));
}

TEST(Formats, AReportIsWrittenWholeOrItIsAnError) {
  std::string directory =
      (std::filesystem::temp_directory_path() / "report-XXXXXX").string();
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  const std::string path = directory + "/report";
  ASSERT_TRUE(write_report(sample_report(), {"ktap", path}));
  EXPECT_EQ(read_file(path).value(), to_ktap(sample_report()));
  std::filesystem::remove_all(directory);
  EXPECT_EQ(write_report(sample_report(), {"ktap", path}).error().errno_value,
            ENOENT);
  EXPECT_EQ(
      write_report(sample_report(), {"ktap", "/dev/full"}).error().errno_value,
      ENOSPC);
}

TEST(View, NamesOfRunsAreUnique) {
  Report report;
  for (const char* name : {"crun", "crun (2)", "crun", "a\n"}) {
    report.runs.push_back({.name = name});
  }
  EXPECT_THAT(names_of_runs(report),
              ElementsAre("crun", "crun (2)", "crun (3)", "a\\n"));
}

}  // namespace
}  // namespace bulkhead::verify::report_formats_test
