#include "verify/faults/notifier.h"

#include <limits.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "verify/faults/remote.h"

namespace bulkhead::verify::faults {
namespace {

bool is_exec(int number) {
  return number == SYS_execve || number == SYS_execveat;
}

/// What the dynamic loader does before main is no part of a start.
bool by_loader(const Site& site) {
  return site.arguments.find(".so") != std::string::npos;
}

void pretend(const TableCall& call, const Answer& answer,
             const seccomp_data& data, seccomp_notif_resp& response) {
  if (!answer.lies) {
    response.error = -answer.error;
    return;
  }
  response.val =
      call.lie == Lie::kCount ? static_cast<std::int64_t>(data.args[2]) : 0;
}

}  // namespace

std::vector<int> numbers_for(const Disturbance& disturbance) {
  // prctl: the workload's first call, by which it is seen to run.
  std::set<int> numbers = {SYS_execve, SYS_execveat, SYS_prctl};
  if (disturbance.record) {
    for (const TableCall& call : call_table()) numbers.insert(call.number);
  }
  for (const Rule& rule : disturbance.rules) {
    if (const TableCall* call = call_named(rule.site.call)) {
      numbers.insert(call->number);
    }
  }
  return {numbers.begin(), numbers.end()};
}

bool Notifier::all_hit() const {
  return std::ranges::none_of(hits_,
                              [](std::size_t hits) { return hits == 0; });
}

void Notifier::serve() {
  seccomp_notif asked{};
  // ENOENT: whoever asked is dead.
  if (ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0) return;
  seccomp_notif_resp response{};
  response.id = asked.id;
  decide(asked, response);
  (void)ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &response);
}

void Notifier::decide(const seccomp_notif& asked,
                      seccomp_notif_resp& response) {
  response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  const auto pid = static_cast<pid_t>(asked.pid);
  if (phase_ == Phase::kLaunching) {
    if (is_exec(asked.data.nr)) phase_ = Phase::kStarting;
    return;
  }
  if (phase_ == Phase::kReleased) {
    look_at_exe(pid);
    return;
  }
  const TableCall* call = call_numbered(asked.data.nr);
  if (call != nullptr) {
    const Site site = site_of(*call, asked);
    if (disturbance_.record && !by_loader(site)) sites_.push_back(site);
    for (std::size_t i = 0; i < disturbance_.rules.size(); ++i) {
      const Rule& rule = disturbance_.rules[i];
      if (rule.whole_call ? rule.site.call != site.call : rule.site != site) {
        continue;
      }
      ++hits_[i];
      response.flags = 0;
      pretend(*call, rule.answer, asked.data, response);
      return;
    }
  }
  if (is_exec(asked.data.nr) && is_workload(asked)) {
    phase_ = Phase::kReleased;
    released_process_ = process_of(pid).value_or(pid);
  }
}

bool Notifier::is_workload(const seccomp_notif& asked) const {
  const std::size_t argv = asked.data.nr == SYS_execveat ? 2 : 1;
  const auto words =
      remote_strings(static_cast<pid_t>(asked.pid), asked.data.args[argv], 1);
  return !words.empty() && words.front().ends_with(disturbance_.workload);
}

Site Notifier::site_of(const TableCall& call, const seccomp_notif& asked) {
  const auto tid = static_cast<pid_t>(asked.pid);
  if (!process_by_tid_.contains(tid)) {
    process_by_tid_[tid] = process_of(tid).value_or(tid);
  }
  const pid_t process = process_by_tid_[tid];
  std::vector<pid_t>& callers = callers_[call.number];
  auto at = std::ranges::find(callers, process);
  if (at == callers.end()) at = callers.insert(at, process);
  Site site{.call = call.name,
            .arguments = normalised(argument_text(call, tid, asked.data),
                                    disturbance_.nonce),
            .process = static_cast<int>(at - callers.begin()) + 1,
            .occurrence = 0};
  const int occurrence = ++counts_[site];
  site.occurrence = occurrence;
  return site;
}

void Notifier::look_at_exe(pid_t tid) {
  if (seen_running_ || tid != released_process_) return;
  std::array<char, PATH_MAX> target{};
  const std::string link = "/proc/" + std::to_string(tid) + "/exe";
  const ssize_t length = readlink(link.c_str(), target.data(), target.size());
  if (length <= 0) return;
  seen_running_ = std::string(target.data(), static_cast<std::size_t>(length))
                      .ends_with(disturbance_.workload);
}

}  // namespace bulkhead::verify::faults
