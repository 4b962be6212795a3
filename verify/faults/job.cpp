#include "verify/faults/job.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "verify/faults/listener.h"
#include "verify/faults/notifier.h"
#include "verify/faults/world.h"
#include "verify/tested_spec.h"
#include "verify/words.h"

namespace bulkhead::verify::faults {
namespace {

constexpr const char* kWorkload = "/bin/bulkhead-probe";
/// A whole battery, on a machine that others use.
constexpr int kRunMs = 60'000;
constexpr std::size_t kMostSaid = 400;

/// The notifier, as a part of the run.
class Disturber : public Companion {
 public:
  explicit Disturber(Disturbance disturbance)
      : filter_(asking_filter(numbers_for(disturbance))),
        notifier_(std::move(disturbance)) {}

  Status open_channel() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail("faults: pipe", errno);
    read_ = Fd(ends[0]);
    write_ = Fd(ends[1]);
    begin_ = Clock::now();
    return {};
  }

  bool before_exec() override {
    return load_asking_filter(filter_, write_.get());
  }
  Status join(int pidfd) override {
    write_.reset();
    auto listener = take_listener(pidfd, read_.get());
    if (!listener) return tl::unexpected(listener.error());
    notifier_.listen_to(std::move(*listener));
    return {};
  }
  [[nodiscard]] int fd() const override { return notifier_.fd(); }
  void serve() override {
    notifier_.serve();
    if (notifier_.released() && start_ms_ < 0) stop_clock();
  }
  [[nodiscard]] std::optional<Clock::time_point> deadline() const override {
    if (notifier_.released()) return {};
    return begin_ + std::chrono::milliseconds(kHangMs);
  }

  /// Milliseconds until the workload's exec, or until now.
  int start_ms() {
    if (start_ms_ < 0) stop_clock();
    return start_ms_;
  }
  [[nodiscard]] const Notifier& notifier() const { return notifier_; }

 private:
  void stop_clock() {
    start_ms_ =
        static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(
                             Clock::now() - begin_)
                             .count());
  }

  std::vector<sock_filter> filter_;
  Notifier notifier_;
  Fd read_;
  Fd write_;
  Clock::time_point begin_;
  int start_ms_ = -1;
};

/// The last line of `text` that says something.
std::string last_line(std::string text) {
  text = trimmed(std::move(text));
  return last_words(text.substr(text.rfind('\n') + 1), kMostSaid);
}

/// `program` as exec finds it: one exec is then one call.
std::string resolved(const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  const char* path = std::getenv("PATH");
  std::istringstream directories(path == nullptr ? "/usr/bin:/bin" : path);
  for (std::string directory; std::getline(directories, directory, ':');) {
    std::string found = directory + "/" + program;
    if (access(found.c_str(), X_OK) == 0) return found;
  }
  return program;
}

/// Runs `command` with `fault` put into it and looks around before and after.
Result<Ended> disturb(Command& command, const std::string& nonce,
                      const BoxFacts& box, const Fault& fault, bool record,
                      JobResult& result) {
  Disturber disturber({.rules = fault.rules,
                       .record = record,
                       .nonce = nonce,
                       .workload = kWorkload});
  if (auto opened = disturber.open_channel(); !opened) {
    return tl::unexpected(opened.error());
  }
  command.argv.front() = resolved(command.argv.front());
  command.idle_ms = command.total_ms = kRunMs;
  command.companion = &disturber;
  const std::string directory = run_directory(nonce);
  const std::set<pid_t> processes_before = processes();
  const World before = look_around(box, directory);
  auto ended = run_command(command);
  if (!ended) return ended;
  const Notifier& notifier = disturber.notifier();
  result.start_ms = disturber.start_ms();
  result.hit = notifier.all_hit();
  result.released = notifier.released();
  result.ran = notifier.seen_running();
  result.sites = notifier.sites();
  // A subject that had to be killed is not told what it left.
  result.residue = left_processes(processes_before, kGoneMs, disturber.fd(),
                                  [&] { disturber.serve(); });
  for (std::string& line :
       difference(before, look_around(box, directory), nonce)) {
    result.residue.push_back(std::move(line));
  }
  return ended;
}

}  // namespace

JobResult run_job(const Ground& ground, const Subject& subject,
                  const BoundarySet& without, const ProbeList& probes,
                  const Fault& fault, bool record) {
  JobResult result;
  Ground disturbed = ground;
  disturbed.runner = [&](Command& command, const std::string& nonce) {
    return disturb(command, nonce, ground.box, fault, record, result);
  };
  const ContainerRun run =
      run_container(disturbed, subject, {without, {}}, probes);
  result.timed_out = run.ended.timed_out;
  result.code = run.ended.code;
  result.signal = run.ended.signal;
  result.said = last_line(run.ended.err);
  if (!run.started) {
    for (const std::string& line : run.trouble) result.said += line + "; ";
  }
  std::size_t forged = 0;
  const bool heard =
      !authentic_frames(run.ended.out, ground.key, forged).empty();
  result.ran = result.ran || heard;
  result.whole = run.transcript.whole;
  if (result.whole) {
    for (const probes::Probe* probe : probes) {
      result.held[probe->id] = held(run, *probe);
    }
  }
  return result;
}

void to_json(nlohmann::json& json, const JobResult& result) {
  nlohmann::json held_by = nlohmann::json::object();
  for (const auto& [probe, is] : result.held) {
    held_by[probe] = static_cast<int>(is);
  }
  json = {{"hit", result.hit},
          {"released", result.released},
          {"ran", result.ran},
          {"whole", result.whole},
          {"timed_out", result.timed_out},
          {"code", result.code},
          {"signal", result.signal},
          {"start_ms", result.start_ms},
          {"said", result.said},
          {"held", std::move(held_by)},
          {"residue", result.residue},
          {"sites", result.sites}};
}

void from_json(const nlohmann::json& json, JobResult& result) {
  json.at("hit").get_to(result.hit);
  json.at("released").get_to(result.released);
  json.at("ran").get_to(result.ran);
  json.at("whole").get_to(result.whole);
  json.at("timed_out").get_to(result.timed_out);
  json.at("code").get_to(result.code);
  json.at("signal").get_to(result.signal);
  json.at("start_ms").get_to(result.start_ms);
  json.at("said").get_to(result.said);
  for (const auto& [probe, is] : json.at("held").items()) {
    result.held[probe] = static_cast<Held>(is.get<int>());
  }
  json.at("residue").get_to(result.residue);
  json.at("sites").get_to(result.sites);
}

}  // namespace bulkhead::verify::faults
