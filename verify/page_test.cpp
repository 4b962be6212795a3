#include "verify/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "runtime/base/file.h"
#include "verify/matrix.h"
#include "verify/page_samples.h"
#include "verify/report_formats.h"

namespace bulkhead::verify::page_test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Page : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(mkdtemp(folder_.data()), nullptr); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  /// The path of a new file with this text.
  std::string file(const std::string& text) {
    std::string path = folder_ + "/" + std::to_string(++number_) + ".json";
    EXPECT_TRUE(replace_file(path, text));
    return path;
  }
  std::string good() { return file(to_json_text(proven_report())); }

  /// Why these are refused; checks that the file is named first.
  static std::string refusal(const PageOptions& options,
                             const std::string& path) {
    const auto sources = read_sources(options);
    EXPECT_FALSE(sources);
    if (sources) return "";
    EXPECT_EQ(sources.error().kind, ErrorKind::kUsage);
    std::string said = sources.error().message();
    EXPECT_THAT(said, StartsWith(path + ": "));
    return said.substr(path.size() + 2);
  }
  std::string refusal(const std::string& text) {
    const std::string path = file(text);
    return refusal({.reports = {good(), path}}, path);
  }

 private:
  std::string folder_ =
      (std::filesystem::temp_directory_path() / "page-XXXXXX").string();
  int number_ = 0;
};

KillMatrix kill_sample() {
  return {.steps = {{.step = "utsns.new", .refused_at = "utsns.verify"},
                    {.step = "utsns.hostname"}},
          .probes = {{.probe = "utsns/a", .steps = {"utsns.new"}}}};
}

json kill_document() {
  json document = to_json(kill_sample());
  document["whole"] = kill_sample().whole();
  return document;
}

json depth_document() {
  return to_json(DepthMatrix{
      .probes = {
          {.probe = "pidns/a", .watches = {"pidns"}, .alone = {"pidns"}}}});
}

TEST_F(Page, ReadsReportsAndMatrices) {
  const auto sources =
      read_sources({.reports = {good(), good()},
                    .before = {good()},
                    .kill_file = file(kill_document().dump()),
                    .depth_file = file(depth_document().dump())});
  ASSERT_TRUE(sources) << sources.error().message();
  EXPECT_EQ(sources->reports.size(), 2U);
  EXPECT_EQ(sources->before.size(), 1U);
  EXPECT_TRUE(sources->kill && sources->depth);
}

TEST_F(Page, WhatIsNoJsonIsRefusedWithItsPlace) {
  EXPECT_THAT(refusal("{\n  \"a\": }"),
              StartsWith("is no JSON at line 2, column 8; give what"));
  EXPECT_THAT(refusal(""), StartsWith("is no JSON at line 1, column 1;"));
  const std::string whole = to_json_text(proven_report());
  EXPECT_THAT(refusal(whole.substr(0, whole.size() / 2)),
              HasSubstr("is no JSON at line"));
}

TEST_F(Page, WhatIsNoReportIsRefusedWithWhatWouldBeRight) {
  EXPECT_THAT(refusal("{}"),
              HasSubstr("is no report of bulkhead verify: it has no "
                        "\"schema\""));
  EXPECT_THAT(refusal(R"({"schema": "bulkhead.verify/9"})"),
              HasSubstr("\"bulkhead.verify/1\" belongs"));
  EXPECT_THAT(refusal(kill_document().dump()),
              HasSubstr("`bulkhead verify --schema` prints its form"));
  EXPECT_THAT(refusal(std::string(1000, '[') + std::string(1000, ']')),
              HasSubstr("nested more than 100 deep"));
}

TEST_F(Page, AnEarlierReportIsReadAsStrictly) {
  const std::string path = file("{}");
  EXPECT_THAT(refusal({.reports = {good()}, .before = {path}}, path),
              HasSubstr("is no report"));
}

TEST_F(Page, AFileThatIsNotThereIsNamed) {
  const auto sources = read_sources({.reports = {"/no/such/file"}});
  ASSERT_FALSE(sources);
  EXPECT_THAT(sources.error().message(), HasSubstr("/no/such/file"));
  EXPECT_EQ(sources.error().errno_value, ENOENT);
}

TEST_F(Page, AMatrixThatIsNoneOrContradictsItselfIsRefused) {
  json kill = kill_document();
  kill["summary"]["unnoticed"] = 0;
  std::string path = file(kill.dump());
  EXPECT_THAT(refusal({.reports = {good()}, .kill_file = path}, path),
              HasSubstr("1 of 2 steps are unnoticed"));
  kill.erase("steps");
  path = file(kill.dump());
  EXPECT_THAT(refusal({.reports = {good()}, .kill_file = path}, path),
              HasSubstr("is no kill matrix: it has no \"steps\""));
  json depth = depth_document();
  depth["probes"][0]["depth"] = 3;
  path = file(depth.dump());
  EXPECT_THAT(refusal({.reports = {good()}, .depth_file = path}, path),
              HasSubstr("pidns/a has depth 3 and 1 boundaries"));
  path = file(kill_document().dump());
  EXPECT_THAT(refusal({.reports = {good()}, .depth_file = path}, path),
              HasSubstr("\"bulkhead-depth-matrix-1\" belongs"));
}

TEST_F(Page, TheExitStatusSaysWhetherThereIsAPage) {
  const std::string page = file("");
  EXPECT_EQ(page_main({.reports = {good()}, .output_file = page}), 0);
  EXPECT_THAT(read_file(page).value(), HasSubstr("1 escape in 1 subject"));
  EXPECT_EQ(page_main({.reports = {file("{}")}, .output_file = page}), 4);
  EXPECT_EQ(page_main({.reports = {good()}, .output_file = "/dev/full"}), 3);
}

}  // namespace
}  // namespace bulkhead::verify::page_test
