// KTAP version 1 (the kernel's Documentation/dev-tools/ktap.rst).
//
//   KTAP version 1
//   1..2                                   subjects
//     KTAP version 1
//     1..16                                boundaries
//       KTAP version 1
//       1..4                               probes
//       ok 1 pidns/own-namespace # by pidns
//       …
//     ok 1 pidns
//     …
//   not ok 1 crun
//
// A parent fails where a child does; SKIP and XFAIL fail nobody.
#include <fmt/format.h>

#include <algorithm>

#include "verify/report_formats.h"
#include "verify/report_view.h"
#include "verify/visible.h"

namespace bulkhead::verify {
namespace {

/// A description ends at the first '#'.
std::string description(const std::string& text) {
  std::string safe;
  for (const char c : visible(text)) {
    safe += c == '#' ? "\\x23" : std::string(1, c);
  }
  return safe;
}

bool failed(const Record& record) {
  return !record.waived && (record.verdict == Verdict::kEscaped ||
                            record.verdict == Verdict::kInconclusive);
}

/// What stands behind the '#': a directive where one fits, then the reason.
std::string diagnosis(const Record& record) {
  if (record.waived) {
    return fmt::format("XFAIL {}, waived until {}: {}", name_of(record.verdict),
                       visible(record.waived->until),
                       visible(record.waived->reason));
  }
  switch (record.verdict) {
    case Verdict::kContained:
      return "by " + visible(record.by);
    case Verdict::kUnsupported:
      return "SKIP unsupported: " + visible(record.reason);
    case Verdict::kOpen:
      return "SKIP open: " + visible(record.reason) +
             "; remedy: " + visible(record.remedy);
    case Verdict::kInconclusive:
      return "ERROR inconclusive: " + visible(record.reason);
    case Verdict::kEscaped:
      break;
  }
  return "escaped: " + visible(record.reason);
}

using Rows = std::vector<const Record*>;

class Ktap {
 public:
  explicit Ktap(const Report& report) : report_(report) {}

  std::string render() {
    line("KTAP version 1");
    line(fmt::format("# kernel {}, spec {}", visible(kernel_of(report_)),
                     spec_digest(report_)));
    for (const std::string& note : asides_of(report_))
      line("# " + visible(note));
    line(fmt::format("1..{}", report_.runs.size()));
    const auto names = names_of_runs(report_);
    for (std::size_t i = 0; i < report_.runs.size(); ++i) {
      subject(i + 1, names[i], report_.runs[i]);
    }
    return std::move(text_);
  }

 private:
  void line(const std::string& text) {
    text_ += std::string(2 * depth_, ' ') + text + "\n";
  }
  void result(bool ok, std::size_t number, const std::string& name,
              const std::string& after) {
    line(fmt::format("{} {} {}{}{}", ok ? "ok" : "not ok", number,
                     description(name), after.empty() ? "" : " # ", after));
  }
  void open(std::size_t planned) {
    ++depth_;
    line("KTAP version 1");
    line(fmt::format("1..{}", planned));
  }
  void close() { --depth_; }

  void subject(std::size_t number, const std::string& name,
               const SubjectReport& run) {
    std::vector<Rows> groups;
    for (const Record& record : run.records) {
      if (groups.empty() ||
          groups.back().front()->boundary != record.boundary) {
        groups.emplace_back();
      }
      groups.back().push_back(&record);
    }
    open(groups.size());
    if (!run.version.empty()) line("# version: " + visible(run.version));
    for (const std::string& what : run.not_offered) {
      line("# not offered: " + visible(what));
    }
    for (const std::string& what : run.trouble) line("# " + visible(what));
    for (std::size_t i = 0; i < groups.size(); ++i) boundary(i + 1, groups[i]);
    close();
    const int status = exit_status(run);
    const bool any_failed = std::ranges::any_of(run.records, failed);
    result(status == kExitContained, number, name,
           status == kExitContained ? ""
           : any_failed             ? counts_of(summarise(run))
                                    : "ERROR nothing was proven");
  }

  void boundary(std::size_t number, const Rows& records) {
    open(records.size());
    for (std::size_t i = 0; i < records.size(); ++i) probe(i + 1, *records[i]);
    close();
    const auto all = [&](const auto& test) {
      return std::ranges::all_of(records, [&](const Record* it) {
        return !it->waived && test(it->verdict);
      });
    };
    const bool unsupported =
        all([](Verdict it) { return it == Verdict::kUnsupported; });
    const bool skipped = all([](Verdict it) {
      return it == Verdict::kUnsupported || it == Verdict::kOpen;
    });
    const bool ok = std::ranges::none_of(
        records, [](const Record* it) { return failed(*it); });
    result(ok, number, records.front()->boundary,
           unsupported ? "SKIP unsupported"
           : skipped   ? "SKIP open"
                       : "");
  }

  void probe(std::size_t number, const Record& record) {
    if (failed(record) || record.waived) {
      for (const Detail& detail : details_of(record)) {
        line(fmt::format("# {}: {}: {}", visible(record.probe), detail.label,
                         visible(detail.text)));
      }
    }
    result(!failed(record), number, record.probe, diagnosis(record));
  }

  const Report& report_;
  std::size_t depth_ = 0;
  std::string text_;
};

}  // namespace

std::string to_ktap(const Report& report) { return Ktap(report).render(); }

}  // namespace bulkhead::verify
