#include "verify/verify.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "verify/baseline.h"
#include "verify/box.h"
#include "verify/campaign.h"
#include "verify/report.h"
#include "verify/syscalls.h"
#include "verify/words.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxBaselineBytes = 1 << 20;

int complain(const Error& error) {
  std::fprintf(stderr, "bulkhead verify: %s\n", error.message().c_str());
  return error.kind == ErrorKind::kUsage ? kExitUsage : kExitInconclusive;
}

int usage(const std::string& what) {
  return complain(Error{what, 0, {}, ErrorKind::kUsage});
}

bool selected(const probes::Probe& probe, const VerifyOptions& options) {
  const auto any = [](const auto& list, const auto& test) {
    return list.empty() || std::ranges::any_of(list, test);
  };
  const std::string boundary = probe.id.substr(0, probe.id.find('/'));
  return any(options.probe_globs,
             [&](const auto& glob) { return matches_glob(glob, probe.id); }) &&
         any(options.boundaries,
             [&](const auto& name) { return name == boundary; });
}

Result<Campaign> plan_campaign(const VerifyOptions& options) {
  Campaign campaign{.probe_binary = options.probe_binary};
  std::vector<std::string> names = options.subjects;
  if (names.empty()) names.emplace_back("bulkhead");
  for (const std::string& name : names) {
    auto subject = make_subject(name, options.self_exe);
    if (!subject) return tl::unexpected(subject.error());
    campaign.subjects.push_back(std::move(*subject));
  }
  auto control = make_subject(options.control_subject, options.self_exe);
  if (!control) return within("control", control.error());
  campaign.control = std::move(*control);
  const auto known = [](const std::string& name) {
    return fail("'" + name + "' is no boundary", 0, {}, ErrorKind::kUsage);
  };
  for (const std::string& name : options.boundaries) {
    if (!boundary_named(name)) return known(name);
  }
  for (const std::string& name : options.extra_without) {
    const auto boundary = boundary_named(name);
    if (!boundary) return known(name);
    campaign.extra_without.insert(*boundary);
  }
  for (const probes::Probe& probe : probes::catalogue()) {
    if (!selected(probe, options)) continue;
    for (const std::string& word : probe.watches) {
      if (!boundary_named(word)) {
        return fail(probe.id + " watches '" + word + "', which is no boundary");
      }
    }
    campaign.probes.push_back(&probe);
  }
  return campaign;
}

bool say(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = write(fd, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

bool say_json(int fd, const json& value) {
  // Evidence may hold bytes that are no UTF-8; a dump must not throw.
  return say(fd,
             value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
}

/// In the box.
int work(Campaign& campaign, const BoxFacts& box, int out) {
  const auto progress = [&](const std::string& what) {
    say_json(out, {{"progress", what}});
  };
  const auto report = run_campaign(campaign, box, progress);
  if (!report) {
    say_json(out, {{"error", report.error().message()}});
    return kExitInconclusive;
  }
  return say_json(out, {{"report", to_wire(*report)}}) ? 0 : kExitInconclusive;
}

/// What came out of the box, and the live line meanwhile.
class Listener {
 public:
  explicit Listener(bool live) : live_(live) {}

  void take(const std::string& line) {
    const json message = json::parse(line, nullptr, false);
    if (!message.is_object()) {
      trouble_ = last_words(line);
    } else if (message.contains("progress") && live_) {
      std::fprintf(stderr, "\r\033[K%s",
                   message["progress"].get<std::string>().c_str());
      drawn_ = true;
    } else if (message.contains("error")) {
      trouble_ = message["error"].get<std::string>();
    } else if (message.contains("report")) {
      if (auto report = from_wire(message["report"])) {
        report_ = std::move(*report);
      } else {
        trouble_ = report.error().message();
      }
    }
  }
  void erase_live_line() {
    if (drawn_) std::fputs("\r\033[K", stderr);
    drawn_ = false;
  }
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  [[nodiscard]] std::optional<Report>& report() { return report_; }

 private:
  bool live_;
  bool drawn_ = false;
  std::string trouble_;
  std::optional<Report> report_;
};

Result<Report> run_boxed(Campaign& campaign, const VerifyOptions& options,
                         bool& interrupted) {
  std::vector<std::string> keep = campaign.control->programs();
  for (const SubjectPointer& subject : campaign.subjects) {
    const auto programs = subject->programs();
    keep.insert(keep.end(), programs.begin(), programs.end());
  }
  std::erase_if(keep, [](const std::string& path) {
    return access(path.c_str(), F_OK) != 0;
  });
  Listener listener(options.progress && isatty(STDERR_FILENO) == 1);
  const auto end = run_in_box(
      [&](const BoxFacts& box, int out) { return work(campaign, box, out); },
      keep, [&](const std::string& line) { listener.take(line); });
  listener.erase_live_line();
  if (!end) return tl::unexpected(end.error());
  if (!end->clean) {
    std::fputs(
        "bulkhead verify: a cgroup of the crash box could not be "
        "removed\n",
        stderr);
  }
  interrupted = end->interrupted;
  if (interrupted) return fail("interrupted");
  if (!listener.report()) {
    std::string why = listener.trouble();
    if (why.empty()) {
      why = end->signal != 0 ? "the crash box was killed by signal " +
                                   std::to_string(end->signal)
                             : "the crash box gave no report (status " +
                                   std::to_string(end->code) + ")";
    }
    return fail(why);
  }
  return std::move(*listener.report());
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  std::array<char, 11> text{};
  if (std::strftime(text.data(), text.size(), "%Y-%m-%d", &local) == 0) {
    return {};
  }
  return text.data();
}

Status tell(const Report& report, const VerifyOptions& options) {
  const std::string document =
      to_document(report).dump(2, ' ', false, json::error_handler_t::replace) +
      "\n";
  if (!options.json_file.empty()) {
    std::FILE* file = std::fopen(options.json_file.c_str(), "we");
    const bool wrote = file != nullptr &&
                       std::fwrite(document.data(), 1, document.size(), file) ==
                           document.size();
    const int error = errno;
    if (file == nullptr || std::fclose(file) != 0 || !wrote) {
      return fail("write " + options.json_file, error);
    }
  }
  const std::string text =
      options.format == "json" ? document : to_terminal(report, options.color);
  std::fflush(stdout);
  if (!say(STDOUT_FILENO, text)) return fail("write to stdout", errno);
  return {};
}

}  // namespace

int verify_main(const VerifyOptions& options) {
  if (options.format != "tty" && options.format != "json") {
    return usage("unknown format '" + options.format + "'");
  }
  if (options.syscalls) return syscalls_main(options);
  std::vector<Waiver> waivers;
  if (!options.baseline_file.empty()) {
    const auto text = read_file(options.baseline_file, kMaxBaselineBytes);
    if (!text) return usage(text.error().message());
    auto parsed = parse_baseline(*text);
    if (!parsed) return complain(parsed.error());
    waivers = std::move(*parsed);
  }
  auto campaign = plan_campaign(options);
  if (!campaign) return complain(campaign.error());
  if (campaign->probes.empty()) {
    std::fputs("bulkhead verify: no probe is selected\n", stderr);
    return kExitNothingSelected;
  }
  bool interrupted = false;
  auto report = run_boxed(*campaign, options, interrupted);
  if (!report) {
    const int status = complain(report.error());
    return interrupted ? kExitInterrupted : status;
  }
  apply_baseline(*report, waivers, today());
  if (const auto told = tell(*report, options); !told) {
    return complain(told.error());
  }
  return exit_status(*report);
}

}  // namespace bulkhead::verify
