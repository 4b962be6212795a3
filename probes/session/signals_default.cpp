// A careless caller blocks one signal and ignores another; both survive exec.
#include <signal.h>

#include <string>

#include "probes/support/try.h"

namespace bulkhead::probes::session_signals_default {
namespace {

constexpr int kBlocked = SIGUSR1;
constexpr int kIgnored = SIGUSR2;

std::string blocked_signals() {
  sigset_t set;
  sigprocmask(SIG_SETMASK, nullptr, &set);
  std::string text;
  for (int signal = 1; signal < NSIG; ++signal) {
    if (sigismember(&set, signal) == 1) text += " " + std::to_string(signal);
  }
  return text;
}

std::string ignored_signals() {
  std::string text;
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction have {};
    if (sigaction(signal, nullptr, &have) == 0 && have.sa_handler == SIG_IGN) {
      text += " " + std::to_string(signal);
    }
  }
  return text;
}

Observation attempt(Inside&) {
  const std::string blocked = blocked_signals();
  const std::string ignored = ignored_signals();
  if (blocked.empty() && ignored.empty()) {
    return refused(0, "no signal is blocked or ignored");
  }
  return reached("blocked:" + (blocked.empty() ? " none" : blocked) +
                 "; ignored:" + (ignored.empty() ? " none" : ignored));
}

Observation witness(Inside&) {
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  return sigaction(kIgnored, &ignore, nullptr) == 0 && raise(kIgnored) == 0
             ? works("an own signal can be ignored")
             : broken("sigaction: " + errno_name(errno));
}

void set(int how, sighandler_t handler) {
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, kBlocked);
  sigprocmask(how, &blocked, nullptr);
  static_cast<void>(signal(kIgnored, handler));
}

const Register kProbe{{
    .id = "session/signals-default",
    .claim = "No signal is blocked or ignored because the caller did so.",
    .watches = {"session"},
    .references = {"execve(2)", "signal(7)"},
    .remedy = "Set every signal to its default and unblock all before exec.",
    .attempt = attempt,
    .witness = witness,
    .plant =
        [](Outside&) {
          set(SIG_BLOCK, SIG_IGN);
          return true;
        },
    .clean = [](Outside&) { set(SIG_UNBLOCK, SIG_DFL); },
}};

}  // namespace
}  // namespace bulkhead::probes::session_signals_default
