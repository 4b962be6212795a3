// In a cgroup namespace of its own a process stands at "/" in every hierarchy.
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::cgroupns_root_hidden {
namespace {

// Paths that are not "/" in /proc/self/cgroup ("id:controllers:path" lines).
std::vector<std::string> shown_paths() {
  std::vector<std::string> shown;
  const std::string text = slurp("/proc/self/cgroup").value_or("");
  for (const std::string& line : split(text, '\n')) {
    const std::size_t colon = line.find(':', line.find(':') + 1);
    if (colon == std::string::npos) continue;
    if (line.substr(colon + 1) != "/") shown.push_back(line);
  }
  return shown;
}

Observation attempt(Inside&) {
  if (!slurp("/proc/self/cgroup")) {
    return broken("/proc/self/cgroup: " + errno_name(errno));
  }
  const auto shown = shown_paths();
  if (shown.empty()) return refused(0, "every path is /");
  return reached(std::to_string(shown.size()) + " paths shown, " +
                 shown.front());
}

Observation witness(Inside&) {
  const auto text = slurp("/proc/self/cgroup");
  return text ? works(std::to_string(split(*text, '\n').size()) + " lines")
              : broken("/proc/self/cgroup: " + errno_name(errno));
}

const Register kProbe{{
    .id = "cgroupns/root-hidden",
    .claim = "The container's place in the host's cgroup tree is not shown.",
    .watches = {"cgroupns"},
    .references = {"cgroup_namespaces(7)", "Linux 4.6"},
    .remedy = "Ask for a new cgroup namespace, made after the cgroup is "
              "entered.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::cgroupns_root_hidden
