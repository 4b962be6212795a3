// Spinning children for a second of the clock; their CPU time against what the
// quota allows in as many periods and one more. Once they had more than all of
// that second allows they need not go on. A busy machine must not pass for a
// quota: a canary outside spins beside them, and if it got too little itself,
// nothing is said.
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <new>
#include <numeric>

#include "probes/support/canary.h"
#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::cgroup_cpu_quota {
namespace {

constexpr double kSeconds = 1.0;
constexpr double kTolerance = 1.2;
constexpr std::size_t kChildren = 4;
// What one thread must get beside them, in CPUs, for kChildren threads without
// a quota to be far above the quota of facts.md.
constexpr double kCanaryShare = 0.1;

double wall() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_nsec) * 1e-9;
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_usec) * 1e-6;
}

double used_here() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) +
         static_cast<double>(used.tv_nsec) * 1e-9;
}

// What each child had so far, told to the others.
using Used = std::array<std::atomic<double>, kChildren>;

[[noreturn]] void spin(std::size_t self, Used& used, double until,
                       double enough) {
  double all = 0;
  do {
    used[self] = used_here();
    all = std::accumulate(used.begin(), used.end(), 0.0);
  } while (wall() < until && all <= enough);
  _exit(0);
}

// CPU seconds that the spinning children got, until `enough`; -1 if there is
// no memory to share or fork failed.
double spend(double enough, double& lasted) {
  void* shared = mmap(nullptr, sizeof(Used), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return -1;
  Used& used = *new (shared) Used{};
  const double start = wall();
  bool forked = true;
  for (std::size_t i = 0; i < kChildren && forked; ++i) {
    const pid_t child = fork_bound();
    if (child == 0) spin(i, used, start + kSeconds, enough);
    forked = child > 0;
  }
  double spent = 0;
  rusage usage{};
  while (wait4(-1, nullptr, 0, &usage) > 0) {
    spent += seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  }
  lasted = wall() - start;
  munmap(shared, sizeof(Used));
  return forked ? spent : -1;
}

std::string report(double spent, double lasted, double allowed) {
  char text[120];
  std::snprintf(text, sizeof text, "%.2f CPU-s in %.2f s, allowed %.2f", spent,
                lasted, allowed);
  return text;
}

Observation attempt(Inside& inside) {
  const long quota = inside.spec_number("cpu.quota_us", -1);
  const long period = inside.spec_number("cpu.period_us", 100000);
  if (quota <= 0 || period <= 0) {
    return fact_missing("cpu.quota_us");
  }
  const long cpus = std::max(1L, sysconf(_SC_NPROCESSORS_ONLN));
  const double share = static_cast<double>(quota) / static_cast<double>(period);
  if (share >= static_cast<double>(cpus)) {
    return absent("the quota is all of this machine's CPUs");
  }
  const double one_more = static_cast<double>(quota) * 1e-6;
  const auto allowed_in = [&](double seconds) {
    return (share * seconds + one_more) * kTolerance;
  };
  double lasted = 0;
  const double spent = spend(allowed_in(kSeconds), lasted);
  if (spent < 0) return broken("fork or mmap: " + errno_name(errno));
  const double allowed = allowed_in(lasted);
  const std::string text = report(spent, lasted, allowed);
  return spent > allowed ? reached(text) : refused(0, text);
}

Observation witness(Inside&) {
  const double start = wall();
  timespec used{};
  do {
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0) {
      return broken("no CPU clock");
    }
  } while (used.tv_sec == 0 && used.tv_nsec < 10'000'000);
  return works(report(0.01, wall() - start, 0.01));
}

bool plant(Outside& outside) {
  const double start = wall();
  const pid_t child = fork_bound();
  if (child == 0) {
    while (true) {
    }
  }
  outside.tell("pid", std::to_string(child));
  outside.tell("start_ms", std::to_string(static_cast<long>(start * 1e3)));
  return child > 0;
}

Observation inspect(Outside& outside) {
  const auto pid = number(outside.told("pid"));
  const auto start_ms = number(outside.told("start_ms"));
  clockid_t clock{};
  timespec used{};
  if (!pid || !start_ms ||
      clock_getcpuclockid(static_cast<pid_t>(*pid), &clock) != 0 ||
      clock_gettime(clock, &used) != 0) {
    return broken("the canary's CPU time is not known");
  }
  const double lasted = wall() - static_cast<double>(*start_ms) * 1e-3;
  const double spent = static_cast<double>(used.tv_sec) +
                       static_cast<double>(used.tv_nsec) * 1e-9;
  const std::string text =
      "the canary outside: " + report(spent, lasted, lasted);
  if (spent < lasted * kCanaryShare) {
    return broken("this machine is too busy to tell a quota; " + text);
  }
  return refused(0, text);
}

const Register kProbe{{
    .id = "cgroup/cpu-quota",
    .claim = "No more CPU time than the quota can be used.",
    .watches = {"cgroup"},
    .references = {"OCI linux.resources.cpu", "CIS Docker 5.11"},
    .remedy = "Set cpu.max before the workload starts.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .inspect = inspect,
    .clean = stop_canary,
    .placement = Placement::kAlone,
    .measures_cpu = true,
    .as_asked = true,
    .seconds = 20,
}};

}  // namespace
}  // namespace bulkhead::probes::cgroup_cpu_quota
