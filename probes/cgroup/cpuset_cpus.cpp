// A process may choose its CPUs, but only among those of its cpuset: it asks
// for all, for each of the others alone, and looks where it runs.
#include <sched.h>

#include <algorithm>
#include <ctime>

#include "probes/support/child.h"
#include "probes/support/cpuset.h"
#include "probes/support/try.h"

namespace bulkhead::probes::cgroup_cpuset_cpus {
namespace {

constexpr const char* kFact = "cpuset.cpus";
// As many as a kernel can be built for (CONFIG_NR_CPUS).
constexpr unsigned kCpus = 8192;
constexpr unsigned kWordBits = 8 * sizeof(unsigned long);
// Of a large machine's, enough to see that they can be chosen.
constexpr int kTried = 8;
using Mask = std::vector<unsigned long>;

Mask mask_of(const std::set<unsigned>& cpus) {
  Mask mask(kCpus / kWordBits);
  for (const unsigned cpu : cpus) {
    mask[cpu / kWordBits] |= 1UL << (cpu % kWordBits);
  }
  return mask;
}

Called allow(const Mask& mask) {
  return call(SYS_sched_setaffinity, 0, mask.size() * sizeof mask[0],
              mask.data());
}

// Those that this process may run on now; `known` is how many bits the kernel
// keeps.
std::set<unsigned> allowed(unsigned& known) {
  Mask mask(kCpus / kWordBits);
  const Called got =
      call(SYS_sched_getaffinity, 0, mask.size() * sizeof mask[0], mask.data());
  std::set<unsigned> cpus;
  known = got.ok() ? static_cast<unsigned>(got.value) * 8 : 0;
  for (unsigned cpu = 0; cpu < known; ++cpu) {
    if ((mask[cpu / kWordBits] >> (cpu % kWordBits) & 1) != 0) cpus.insert(cpu);
  }
  return cpus;
}

// Where it was seen in 50 ms.
std::set<unsigned> wander() {
  std::set<unsigned> seen;
  timespec start{};
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &start);
  do {
    seen.insert(static_cast<unsigned>(sched_getcpu()));
    sched_yield();
    clock_gettime(CLOCK_MONOTONIC, &now);
  } while ((now.tv_sec - start.tv_sec) * 1'000'000'000 +
               (now.tv_nsec - start.tv_nsec) <
           50'000'000);
  return seen;
}

std::string words(const std::set<unsigned>& cpus) {
  std::string text;
  for (const unsigned cpu : cpus) {
    text += (text.empty() ? "" : ",") + std::to_string(cpu);
  }
  return text;
}

Observation leave(const std::set<unsigned>& declared) {
  unsigned known = 0;
  std::set<unsigned> ran;
  int error = 0;
  std::set<unsigned> all = allowed(known);
  if (known == 0) return broken("sched_getaffinity: " + errno_name(errno));
  for (unsigned cpu = 0; cpu < known; ++cpu) {
    if (declared.contains(cpu)) continue;
    const Called alone = allow(mask_of({cpu}));
    if (alone.ok()) ran.insert(static_cast<unsigned>(sched_getcpu()));
    if (!alone.ok() && error == 0) error = alone.error;
  }
  // The kernel takes of all what it may give.
  const Called whole = allow(Mask(kCpus / kWordBits, ~0UL));
  if (!whole.ok()) error = whole.error;
  all.merge(allowed(known));
  ran.merge(wander());
  const std::string text = "may run on " + words(all) + ", ran on " +
                           words(ran) + "; asked for " + words(declared);
  const bool kept = std::ranges::includes(declared, all) &&
                    std::ranges::includes(declared, ran);
  return kept ? refused(error, text) : reached(text);
}

Observation attempt(Inside& inside) {
  Observation why;
  const std::set<unsigned> declared = declared_set(inside, kFact, why);
  if (declared.empty()) return why;
  return in_child([&] { return leave(declared); });
}

Observation stay(const std::set<unsigned>& cpus) {
  int tried = 0;
  for (const unsigned cpu : cpus) {
    const Called pinned = allow(mask_of({cpu}));
    if (!pinned.ok()) {
      return broken("CPU " + std::to_string(cpu) + ": " +
                    errno_name(pinned.error));
    }
    if (wander() != std::set{cpu}) {
      return broken("does not stay on CPU " + std::to_string(cpu));
    }
    if (++tried == kTried) break;
  }
  return works("stays on each of " + words(cpus));
}

Observation witness(Inside& inside) {
  Observation why;
  std::set<unsigned> cpus = declared_set(inside, kFact, why);
  if (cpus.empty()) cpus = {static_cast<unsigned>(sched_getcpu())};
  return in_child([&] { return stay(cpus); });
}

const Register kProbe{{
    .id = "cgroup/cpuset-cpus",
    .claim = "Nothing runs on another CPU than those asked for.",
    .watches = {"cgroup"},
    .references = {"OCI linux.resources.cpu.cpus", "cpuset(7)",
                   "sched_setaffinity(2)"},
    .remedy = "Set cpuset.cpus before the workload starts, and read "
              "cpuset.cpus.effective back.",
    .attempt = attempt,
    .witness = witness,
    .plant = [](Outside& outside) { return plant_set(outside, kFact); },
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::cgroup_cpuset_cpus
