#include "runtime/parent/failure.h"

#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bulkhead {
namespace {

constexpr std::size_t kExcerptBytes = 160;
/// For a step that names none of its own.
constexpr const char* kAnyRemedy =
    "`bulkhead doctor` says what this host refuses, `bulkhead explain` what "
    "the step is for";

/// What the kernel showed, one line, printable.
std::string excerpt(const SharedState& shared) {
  const std::size_t length = strnlen(shared.scratch, kExcerptBytes);
  std::string text(shared.scratch, length);
  for (char& c : text) {
    if (c == '\n' || c == '\t') c = ' ';
    if (static_cast<unsigned char>(c) < ' ') c = '?';
  }
  return text;
}

std::string call_text(const Step& step, std::size_t number) {
  return number < step.calls.size() ? step.calls[number] : std::string("?");
}

/// Whether the failed read-back compared a result, and not what was read.
bool answers_by_number(const Plan& plan, const Failure& failure) {
  return std::ranges::any_of(plan.child, [&](const Call& call) {
    return call.step == failure.step &&
           call.number_in_step == failure.number_in_step &&
           (call.op == Op::kExpectValue || call.op == Op::kExpectSlot);
  });
}

/// Whether the failed call was made under the container's own filter.
bool is_filtered(const Plan& plan, const Failure& failure) {
  bool loaded = false;
  for (const Call& call : plan.child) {
    if (call.step == failure.step &&
        call.number_in_step == failure.number_in_step) {
      return loaded;
    }
    loaded = loaded || plan.steps[call.step].name == "seccomp.load";
  }
  return false;
}

Error describe_exec(const Plan& plan, const Step& step,
                    const Failure& failure) {
  Error error;
  error.errno_value = failure.error;
  const std::string& program = plan.spec.process.argv.front();
  if (failure.error == ENOENT || failure.error == ENOTDIR) {
    error.kind = ErrorKind::kNotFound;
    error.what = step.name + ": " + program + " is not in the container";
    error.remedy =
        "name a program of the rootfs (or is its interpreter missing?)";
    return error;
  }
  error.kind = ErrorKind::kNotExecutable;
  if (failure.error == ENOEXEC) {
    error.what = step.name + ": " + program + " is in no format that runs here";
    error.remedy =
        "a program of another architecture takes an interpreter: --binfmt "
        "aarch64=/usr/bin/qemu-aarch64-static; a script takes a first line "
        "such as #!/bin/sh";
    return error;
  }
  error.what = step.name + ": " + program + " cannot be executed";
  error.remedy =
      "it needs the execute permission, a mount without noexec and "
      "a format this kernel runs";
  return error;
}

}  // namespace

Error describe_failure(const Plan& plan, const SharedState& shared) {
  const Failure& failure = shared.failure;
  const Step& step = plan.steps[failure.step];
  if (step.name == "session.exec" && failure.kind == FailureKind::kErrno) {
    return describe_exec(plan, step, failure);
  }
  Error error;
  if (failure.kind == FailureKind::kHandover) {
    error.what = step.name + ": the child was not handed its streams";
    error.remedy =
        "each must be an open descriptor; if parked, the supervisor must live "
        "and the filter must let it call write, recvmsg and dup3";
    return error;
  }
  error.what = step.name + ": " + call_text(step, failure.number_in_step);
  error.remedy = step.remedy.empty() ? kAnyRemedy : step.remedy;
  if (failure.kind == FailureKind::kErrno) {
    error.errno_value = failure.error;
    if (is_filtered(plan, failure)) {
      error.remedy +=
          "; or the filter denies it, which has to come before the "
          "capabilities go: let it allow this call, or set no_new_privs, and "
          "it comes last";
    }
    return error;
  }
  const std::string seen = answers_by_number(plan, failure)
                               ? "answers " + std::to_string(failure.error)
                               : "shows \"" + excerpt(shared) + "\"";
  error.what = step.name +
               ": read-back: " + call_text(step, failure.number_in_step) +
               ", but the kernel " + seen;
  return error;
}

Error describe_death(const Plan& plan, const SharedState& shared,
                     const siginfo_t& info) {
  std::size_t last = 0;
  for (const Call& call : plan.child) {
    if (shared.stamps[call.step] != 0) last = call.step;
  }
  Error error;
  const bool by_signal = info.si_code != CLD_EXITED;
  error.what = "the child ended after " + plan.steps[last].name +
               (by_signal ? " by signal " : " with status ") +
               std::to_string(info.si_status) + ", before exec";
  error.remedy = by_signal && info.si_status == SIGSYS
                     ? "the seccomp profile must allow prctl and execve"
                     : "memory.max may be too small to start, or it was killed";
  return error;
}

}  // namespace bulkhead
