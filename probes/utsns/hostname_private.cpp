#include <sys/utsname.h>

#include "probes/support/hostname.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::utsns_hostname_private {
namespace {

std::string node_name() {
  utsname names{};
  return uname(&names) == 0 ? names.nodename : "";
}

Observation attempt(Inside& inside) {
  const std::string name = inside.planted("name");
  if (name.empty()) return broken("no planted host name");
  if (node_name() == name) return reached("uname says " + name);
  const std::string shown =
      slurp("/proc/sys/kernel/hostname", 256).value_or("");
  if (shown == name + "\n") return reached("/proc/sys/kernel/hostname says it");
  return refused(0, "the name here is " + node_name());
}

Observation witness(Inside& inside) {
  const std::string asked = inside.spec("hostname");
  if (asked.empty() || node_name() == asked) return works(node_name());
  // In the control the spec's name is not set: any name will do there.
  return node_name().empty() ? broken("uname gives no name")
                             : works("not the spec's: " + node_name());
}

const Register kProbe{{
    .id = "utsns/hostname-private",
    .claim = "The host's name is not shown.",
    .watches = {"utsns"},
    .references = {"uts_namespaces(7)", "CIS Docker 5.20", "OCI hostname"},
    .remedy = "Ask for a new uts namespace and a host name.",
    .attempt = attempt,
    .witness = witness,
    .plant =
        [](Outside& outside) { return plant_hostname(outside, "bhname-"); },
    .clean = restore_hostname,
}};

}  // namespace
}  // namespace bulkhead::probes::utsns_hostname_private
