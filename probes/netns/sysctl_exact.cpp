// What the spec's linux.sysctl asks for is in force here, and only here.
#include <algorithm>

#include "probes/support/bystander.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::netns_sysctl_exact {
namespace {

// "net.ipv4.x" -> the first line of /proc/sys/net/ipv4/x; empty if unreadable.
std::string value_of(std::string name) {
  std::ranges::replace(name, '.', '/');
  const auto lines = split(slurp("/proc/sys/" + name, 256).value_or(""), '\n');
  return lines.empty() ? std::string{} : lines.front();
}

Observation look(Inside& inside, const std::string& name,
                 const std::string& asked) {
  const std::string here = value_of(name);
  if (here.empty()) return broken("cannot be read: " + errno_name(errno));
  if (here != asked) return reached("is " + here + ", asked for " + asked);
  const auto outside = ask_bystander(inside, name);
  if (!outside) return broken("the bystander: " + errno_name(errno));
  return *outside == asked ? reached("was set on the host too")
                           : refused(0, asked + ", outside " + *outside);
}

Observation attempt(Inside& inside) {
  Tally tally;
  bool any = false;
  for (const std::string& line : split(inside.spec("sysctls"), ';')) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos || !line.starts_with("net.")) continue;
    const std::string name = line.substr(0, equals);
    tally.add(name, look(inside, name, line.substr(equals + 1)));
    any = true;
  }
  return any ? tally.result() : fact_missing("sysctls");
}

Observation witness(Inside&) {
  const std::string own = value_of("net.ipv4.ip_forward");
  return own.empty() ? broken("net.ipv4.ip_forward cannot be read")
                     : works("net.ipv4.ip_forward is " + own);
}

bool plant(Outside& outside) {
  return start_bystander(
      outside, [](const ucred&, const std::string& name) -> std::string {
        return name.starts_with("net.") ? value_of(name) : "not a question";
      });
}

const Register kProbe{{
    .id = "netns/sysctl-exact",
    .claim = "Network settings are those asked for, and the host's are not "
             "touched.",
    .watches = {"netns"},
    .references = {"OCI linux.sysctl", "network_namespaces(7)"},
    .remedy = "Write linux.sysctl after the new namespaces are entered, and "
              "fail the start if that fails.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = stop_bystander,
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::netns_sysctl_exact
