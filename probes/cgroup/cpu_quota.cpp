// Spinning children for most of a second of the clock; their CPU time against
// what the quota allows in as many periods and one more.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes {
namespace {

constexpr double kSeconds = 0.8;
constexpr double kTolerance = 1.2;
constexpr long kMostChildren = 4;

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

[[noreturn]] void spin(double until) {
  while (wall() < until) {
  }
  _exit(0);
}

// CPU seconds that `count` spinning children got; -1 if fork failed.
double spend(long count, double& lasted) {
  const double start = wall();
  bool forked = true;
  for (long i = 0; i < count && forked; ++i) {
    const pid_t child = fork_bound();
    if (child == 0) spin(start + kSeconds);
    forked = child > 0;
  }
  double spent = 0;
  rusage usage{};
  while (wait4(-1, nullptr, 0, &usage) > 0) {
    spent += seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  }
  lasted = wall() - start;
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
    return broken("the fact cpu.quota_us is missing");
  }
  const long cpus = std::max(1L, sysconf(_SC_NPROCESSORS_ONLN));
  const double share = static_cast<double>(quota) / static_cast<double>(period);
  if (share >= static_cast<double>(cpus)) {
    return absent("the quota is all of this machine's CPUs");
  }
  double lasted = 0;
  const double spent = spend(std::min(cpus, kMostChildren), lasted);
  if (spent < 0) return broken("fork: " + errno_name(errno));
  const double one_more = static_cast<double>(quota) * 1e-6;
  const double allowed = (share * lasted + one_more) * kTolerance;
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

const Register kProbe{{
    .id = "cgroup/cpu-quota",
    .claim = "No more CPU time than the quota can be used.",
    .watches = {"cgroup"},
    .references = {"OCI linux.resources.cpu", "CIS Docker 5.11"},
    .remedy = "Set cpu.max before the workload starts.",
    .attempt = attempt,
    .witness = witness,
    .placement = Placement::kAlone,
    .seconds = 20,
}};

}  // namespace
}  // namespace bulkhead::probes
