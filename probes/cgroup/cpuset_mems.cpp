// Which memory nodes the kernel lets this process allocate from. A policy
// (set_mempolicy(2)) chooses among these and cannot add to them.
#include <algorithm>

#include "probes/support/cpuset.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::cgroup_cpuset_mems {
namespace {

constexpr const char* kFact = "cpuset.mems";

std::string allowed_nodes() {
  constexpr std::string_view kLine = "Mems_allowed_list:\t";
  for (const std::string& line :
       split(slurp("/proc/self/status").value_or(""), '\n')) {
    if (line.starts_with(kLine)) return line.substr(kLine.size());
  }
  return {};
}

Observation attempt(Inside& inside) {
  Observation why;
  const std::set<unsigned> declared = declared_set(inside, kFact, why);
  if (declared.empty()) return why;
  const std::string text = allowed_nodes();
  const std::set<unsigned> nodes = listed(text);
  if (nodes.empty()) return broken("/proc/self/status does not say");
  return std::ranges::includes(declared, nodes)
             ? refused(0, "memory of the nodes " + text)
             : reached("memory of the nodes " + text + "; asked for " +
                       inside.spec(kFact));
}

Observation witness(Inside&) {
  const std::string text = allowed_nodes();
  return text.empty() ? broken("/proc/self/status does not say")
                      : works("memory of the nodes " + text);
}

const Register kProbe{{
    .id = "cgroup/cpuset-mems",
    .claim = "No memory comes from another node than those asked for.",
    .watches = {"cgroup"},
    .references = {"OCI linux.resources.cpu.mems", "cpuset(7)"},
    .remedy = "Set cpuset.mems before the workload starts, and read "
              "cpuset.mems.effective back.",
    .attempt = attempt,
    .witness = witness,
    .plant = [](Outside& outside) { return plant_set(outside, kFact); },
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::cgroup_cpuset_mems
