// bulkhead run: one container, its exit status.
#include "cli/run.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/early.h"
#include "cli/forwarding.h"
#include "cli/start_as.h"
#include "cli/verbs.h"
#include "runtime/base/file.h"
#include "runtime/parent/container.h"
#include "runtime/parent/own_program.h"
#include "runtime/plan/compile.h"

namespace bulkhead::cli {
namespace {

/// Returns when the workload has ended; an error: it cannot be ended.
Status until_end_of(const Container& container,
                    const SignalForwarding& signals) {
  Delivery delivery;
  for (;;) {
    pollfd polls[] = {{container.pidfd(), POLLIN, 0},
                      {signals.fd(), POLLIN, 0}};
    if (poll(polls, 2, -1) < 0 && errno != EINTR) {
      return fail("run: poll", errno);
    }
    if ((polls[0].revents & POLLIN) != 0) return {};
    while (const int number = signals.next()) {
      if (Status done = delivery.deliver(container, number); !done) return done;
    }
  }
}

/// The try of a time namespace that `spec` wants, if it wants one: what was
/// `begun`, or one that begins now. It runs beside the planning.
std::shared_ptr<TimeNamespaceTry> time_try_for(
    const Spec& spec, std::shared_ptr<TimeNamespaceTry> begun) {
  const auto is_new = [&spec](NamespaceKind kind, Boundary boundary) {
    return spec.ns(kind).mode == NamespaceMode::kNew &&
           !spec.without.contains(boundary);
  };
  if (!is_new(NamespaceKind::kTime, Boundary::kTimens)) return nullptr;
  const bool with_userns = is_new(NamespaceKind::kUser, Boundary::kUserns);
  if (begun && begun->with_user_namespace() == with_userns) return begun;
  return std::make_shared<TimeNamespaceTry>(with_userns);
}

nlohmann::json result_json(const Plan& plan, const Exit* exit,
                           const Error* error) {
  nlohmann::json json;
  json["schema"] = "bulkhead.result/1";
  if (exit != nullptr) {
    json["exit"] = {{"status", exit->status}, {"signal", exit->signal}};
    json["counters"] = exit->counters;
  }
  if (error != nullptr) json["error"] = error->message();
  json["degradations"] = nlohmann::json::array();
  for (const Degradation& degradation : plan.degradations) {
    json["degradations"].push_back(
        {{"feature", degradation.feature}, {"reason", degradation.reason}});
  }
  nlohmann::json without = nlohmann::json::array();
  for (const Boundary boundary : plan.spec.without) {
    without.push_back(name_of(boundary));
  }
  json["sabotage"] = {{"without", without},
                      {"skipped", plan.spec.skipped_steps}};
  return json;
}

Status write_result(const Fd& file, const std::string& name,
                    const nlohmann::json& json) {
  const std::string text = json.dump(2) + "\n";
  const ssize_t written = write(file.get(), text.data(), text.size());
  if (written == static_cast<ssize_t>(text.size())) return {};
  return fail("--result " + name, written < 0 ? errno : ENOSPC,
              "the workload ran; only its result could not be written");
}

}  // namespace

bool read_plain_run(std::span<const std::string_view> words,
                    RunOptions& options) {
  const MoreFlag more[] = {{"--bundle", &options.request.bundle},
                           {"--result", &options.result_file},
                           {"--start", &options.way}};
  if (!read_plain_flags(words, options.request.flags, more)) return false;
  const auto names = start_names();
  return std::ranges::find(names, options.way) != names.end();
}

std::shared_ptr<TimeNamespaceTry> begun_time_try() {
  const pid_t pid = std::exchange(early_time_try, 0);
  if (pid <= 0) return nullptr;
  return std::make_shared<TimeNamespaceTry>(
      TimeNamespaceTry::Begun{.with_user_namespace = true, .pid = pid});
}

int run(const RunOptions& options) {
  std::shared_ptr<TimeNamespaceTry> time_try = begun_time_try();
  Result<Spec> spec = spec_of(options.request);
  if (!spec) return report(spec.error());
  time_try = time_try_for(*spec, std::move(time_try));
  Result<Host> host = probe_host();
  if (!host) return report(host.error());
  host->time_try = time_try;
  *spec = effective(std::move(*spec), *host);
  const auto drop_time_try = [&] {
    time_try.reset();
    host->time_try.reset();
  };
  const Status alone = protect_own_program(*spec, drop_time_try);
  if (!alone) return report(alone.error());
  Fd result_file;
  if (!options.result_file.empty()) {
    Result<Fd> opened =
        open_at(AT_FDCWD, options.result_file, O_WRONLY | O_CREAT | O_TRUNC);
    if (!opened) return report(opened.error());
    result_file = std::move(*opened);
  }
  Result<Starter> starter = Starter::make(options.way, std::move(*spec), *host);
  if (!starter) return report(starter.error());
  const Plan* plan = &starter->plan();
  report_degradations(*plan);
  const SignalForwarding signals;
  Result<Container> container = starter->start();
  // By now it needs nobody to wait for it.
  drop_time_try();
  Result<Exit> exit = tl::unexpected(Error{});
  if (container) {
    const Status ended = until_end_of(*container, signals);
    if (ended) {
      exit = container->wait(result_file ? Counters::kRead : Counters::kSkip);
    } else {
      exit = tl::unexpected(ended.error());
    }
  } else {
    exit = tl::unexpected(container.error());
  }
  Status written;
  if (result_file) {
    written = write_result(result_file, options.result_file,
                           result_json(*plan, exit ? &*exit : nullptr,
                                       exit ? nullptr : &exit.error()));
  }
  if (!exit) return report(exit.error());
  if (!written) return report(written.error());
  // No time for destructors, where none has anything to take apart.
  if (starter->is_done()) std::exit(exit->code());
  return exit->code();
}

}  // namespace bulkhead::cli
