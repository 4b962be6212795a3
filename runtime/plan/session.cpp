// session: the life line to the supervisor, the keyring, the terminal session,
// the working directory, the environment, and at last the program.
#include <fcntl.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>

#include "runtime/base/text.h"
#include "runtime/plan/builder.h"
#include "runtime/spec/names.h"

namespace bulkhead {
namespace {

constexpr std::int64_t kProcSuperMagic = 0x9fa0;
constexpr std::size_t kSignalSetBytes = 8;
/// What getpriority(2) itself answers for 0: 20 - nice.
constexpr std::int64_t kStandardPriority = 20;
/// struct sigaction as the kernel has it, on 64-bit architectures.
constexpr std::size_t kKernelSigactionBytes = 32;

constexpr int kDeathSignal = SIGKILL;

constexpr const char* kNoneIgnored = "SigIgn:\t0000000000000000";

std::string raw_bytes(const void* data, std::size_t size) {
  return {static_cast<const char*>(data), size};
}

/// Dies with the supervisor. The signal is lost if the supervisor is dead
/// already (prctl(2)): a pipe that only it holds open would then be at its end.
void add_lifeline(StepBuilder& step) {
  step.call(SYS_prctl, "prctl(PR_SET_PDEATHSIG, SIGKILL)",
            {value(PR_SET_PDEATHSIG), value(SIGKILL), value(0), value(0),
             value(0)})
      .call(SYS_read, "read(life line): the supervisor must hold it open",
            {slot_value(kSlotLifeRead), scratch(), value(1)})
      .expect(1)
      .tolerate(EAGAIN)
      .call(SYS_prctl, "prctl(PR_GET_PDEATHSIG): must read back",
            {value(PR_GET_PDEATHSIG), scratch(), value(0), value(0), value(0)})
      // A filter that refuses the question has answered it.
      .or_next_step(EPERM, ENOSYS)
      .scratch_equals(raw_bytes(&kDeathSignal, sizeof kDeathSignal));
}

std::string environment_value(const std::vector<std::string>& environment,
                              const std::string& name) {
  for (const std::string& entry : environment) {
    if (entry.rfind(name + "=", 0) == 0) return entry.substr(name.size() + 1);
  }
  return {};
}

std::vector<std::string> candidates(const Process& process) {
  const std::string& program = process.argv.front();
  if (program.find('/') != std::string::npos) return {program};
  std::string path = environment_value(process.environment, "PATH");
  if (path.empty()) path = "/usr/local/bin:/usr/bin:/bin";
  std::vector<std::string> paths;
  for (const std::string_view part : split(path, ':')) {
    paths.push_back(std::string(part.empty() ? "." : part) + "/" + program);
  }
  return paths;
}

/// A NULL-terminated char*[] inside the plan.
Argument pointers(Builder& builder, const std::vector<std::string>& words) {
  std::string table;
  for (const std::string& word : words) {
    const char* kept = builder.keep(word);
    table.append(reinterpret_cast<const char*>(&kept), sizeof kept);
  }
  const char* end = nullptr;
  table.append(reinterpret_cast<const char*>(&end), sizeof end);
  return builder.text(std::move(table));
}

/// What survives an exec and is the caller's own business. Signals that it
/// ignores stay ignored even with CLONE_CLEAR_SIGHAND (clone(2)); most callers
/// ignore none, and then one look does for sixty-two calls.
void plan_reset(Builder& builder) {
  builder
      .step("session.personality", Boundary::kSession, Side::kChild,
            "A caller without random addresses, below a debugger or "
            "setarch -R, does not hand that on.")
      .call(SYS_personality, "personality(PER_LINUX)", {value(0)})
      .call(SYS_personality, "personality(0xffffffff): must read back",
            {value(0xffffffff)})
      .expect(0);
  // A caller that stands back does so for what it starts as well.
  if (getpriority(PRIO_PROCESS, 0) < 0) {
    builder
        .step("session.priority", Boundary::kSession, Side::kChild,
              "A caller that prefers itself to others does not hand that on.")
        .call(SYS_setpriority, "setpriority(0)",
              {value(PRIO_PROCESS), value(0), value(0)})
        .call(SYS_getpriority, "getpriority(): must read back",
              {value(PRIO_PROCESS), value(0)})
        .expect(kStandardPriority)
        .shell("renice -n 0 -p $$ >/dev/null");
  }
  StepBuilder step =
      builder.step("session.signal_actions", Boundary::kSession, Side::kChild,
                   "No signal is ignored that the caller chose to.");
  step.read_file(builder.proc_slot, "self/status").done_if_line(kNoneIgnored);
  const Argument standard =
      builder.text(std::string(kKernelSigactionBytes, '\0'));
  for (int signal = 1; signal < NSIG; ++signal) {
    if (signal == SIGKILL || signal == SIGSTOP) continue;
    step.call(SYS_rt_sigaction,
              "rt_sigaction(" + std::to_string(signal) + ", SIG_DFL)",
              {value(signal), standard, value(0), value(kSignalSetBytes)});
  }
  step.read_file(builder.proc_slot, "self/status")
      .scratch_has_line(kNoneIgnored);
}

Status plan_keyring(Builder& builder) {
  if (const int error = builder.host.keyctl_error; error != 0) {
    return builder.lacks(
        "session.keyring",
        "the kernel has keys, but a filter answers keyctl(2): " +
            std::string(strerrorname_np(error)) +
            "; the caller's session keyring is inherited",
        "allow keyctl in the filter around this program");
  }
  builder
      .step("session.keyring", Boundary::kSession, Side::kChild,
            "Keys of the caller's session are not inherited "
            "(session-keyring(7)).")
      .call(SYS_keyctl, "keyctl(KEYCTL_JOIN_SESSION_KEYRING)",
            {value(KEYCTL_JOIN_SESSION_KEYRING), value(0)})
      .into(kSlotKeyring)
      .call(SYS_keyctl, "keyctl(KEYCTL_GET_KEYRING_ID): must be that one",
            {value(KEYCTL_GET_KEYRING_ID), value(KEY_SPEC_SESSION_KEYRING),
             value(0)})
      .expect_slot(kSlotKeyring);
  return {};
}

}  // namespace

void plan_lifeline(Builder& builder) {
  StepBuilder step = builder.step(
      "session.lifeline", Boundary::kSession, Side::kChild,
      "No container outlives its supervisor, whatever kills that.");
  step.call(SYS_close, "close the supervisor's end of the life line",
            {slot_value(kSlotLifeWrite)});
  add_lifeline(step);
  builder.proc_slot = builder.slot();
  StepBuilder proc = builder.step(
      "session.proc", Boundary::kSession, Side::kChild,
      "The supervisor's /proc, known to be one: everything is read back "
      "through it, never through the image's.",
      "mount a procfs at /proc");
  proc.call(SYS_openat, "open(/proc, O_PATH)",
            {value(AT_FDCWD), builder.text("/proc"),
             value(O_PATH | O_DIRECTORY | O_CLOEXEC)})
      .into(builder.proc_slot)
      .call(SYS_fstatfs, "fstatfs(/proc)",
            {slot_value(builder.proc_slot), scratch()})
      .scratch_equals(raw_bytes(&kProcSuperMagic, sizeof kProcSuperMagic));
  plan_oom_score(builder);
}

Status plan_session(Builder& builder) {
  const Session& session = builder.spec.session;
  plan_oom_score_verification(builder);
  if (session.new_keyring && builder.host.keys) {
    if (Status status = plan_keyring(builder); !status) return status;
  }
  if (session.setsid) {
    builder
        .step("session.setsid", Boundary::kSession, Side::kChild,
              "No controlling terminal to push input into: CVE-2017-5226.")
        .call(SYS_setsid, "setsid()", {})
        .shell("setsid");
  }
  if (session.reset_inherited) plan_reset(builder);
  if (builder.spec.process.umask) {
    const std::int64_t umask = *builder.spec.process.umask;
    builder
        .step("session.umask", Boundary::kSession, Side::kChild,
              "As declared, not the caller's.")
        .call(SYS_umask, "umask()", {value(umask)})
        .call(SYS_umask, "umask(): must read back", {value(umask)})
        .expect(umask)
        .shell("umask " + octal(static_cast<std::uint32_t>(umask)));
  }
  return {};
}

void plan_cwd(Builder& builder) {
  const std::string& cwd = builder.spec.process.cwd;
  StepBuilder step = builder.step(
      "session.cwd", Boundary::kSession, Side::kChild,
      "A working directory that is inside: CVE-2024-21626.",
      "make the directory in the rootfs, or choose another with --cwd");
  const bool verify = builder.spec.session.verify_cwd;
  const bool from_outside = verify && builder.spec.rootfs.pivot;
  if (from_outside) {
    // A chdir that lied leaves it there.
    step.call(SYS_fchdir, "fchdir(the supervisor's /proc), which is outside",
              {slot_value(builder.proc_slot)});
  }
  step.call(SYS_chdir, "chdir(" + cwd + ")", {builder.text(cwd)});
  if (!verify) return;
  step.call(SYS_getcwd, "getcwd(): must be inside the root",
            {scratch(), value(4096)})
      .scratch_equals("/");
  // On the host's own root a call that lied has left it at "/".
  const bool may_be_root = cwd.find_first_not_of("/.") == std::string::npos ||
                           cwd.find("..") != std::string::npos;
  if (!from_outside && !may_be_root) {
    step.scratch_differs(std::string{'/', '\0'});
  }
}

namespace {

/// The table that execve gets, and the step that stands for it.
Argument plan_environment(Builder& builder) {
  std::vector<std::string> environment = builder.spec.process.environment;
  std::vector<std::string> with_callers = environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    with_callers.emplace_back(*entry);
  }
  const Argument callers = pointers(builder, with_callers);
  if (!builder.spec.session.clean_environment) return callers;
  builder
      .step("session.environment", Boundary::kSession, Side::kParent,
            "The variables that were asked for, none of the caller's "
            "(CVE-2025-23266).")
      .says("envp of execve: " + std::to_string(environment.size()) +
            " variables")
      .dropped_by([callers](Plan& plan) {
        for (Call& call : plan.child) {
          if (call.op == Op::kExec) call.args[2] = callers;
        }
      });
  return pointers(builder, environment);
}

}  // namespace

void plan_exec(Builder& builder) {
  const Process& process = builder.spec.process;
  std::uint64_t none = 0;
  if (builder.spec.session.reset_inherited) {
    builder
        .step("session.signals", Boundary::kSession, Side::kChild,
              "No signal is blocked that the caller chose to.")
        .call(SYS_rt_sigprocmask, "rt_sigprocmask(SIG_SETMASK, none)",
              {value(SIG_SETMASK), builder.text(raw_bytes(&none, sizeof none)),
               value(0), value(kSignalSetBytes)})
        .call(SYS_rt_sigprocmask, "rt_sigprocmask(): must read back",
              {value(SIG_SETMASK), value(0), scratch(), value(kSignalSetBytes)})
        .scratch_equals(raw_bytes(&none, sizeof none));
  }
  const Argument argv = pointers(builder, process.argv);
  const Argument envp = plan_environment(builder);
  StepBuilder step =
      builder.step("session.exec", Boundary::kSession, Side::kChild,
                   "Everything is set and was read back.");
  step.essential();
  const std::vector<std::string> paths = candidates(process);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    step.special(Op::kExec, "execve(" + paths[i] + ")");
    Call& call = builder.plan.child.back();
    call.number = SYS_execve;
    call.args[0] = builder.text(paths[i]);
    call.args[1] = argv;
    call.args[2] = envp;
    if (i + 1 < paths.size()) step.tolerate(ENOENT, ENOTDIR);
  }
}

void plan_second_lifeline(Builder& builder) {
  StepBuilder step = builder.step(
      "session.lifeline_again", Boundary::kSession, Side::kChild,
      "A change of ids clears the parent-death signal (prctl(2)).");
  add_lifeline(step);
}

}  // namespace bulkhead
