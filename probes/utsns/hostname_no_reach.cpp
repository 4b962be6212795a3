// Setting the host name, and looking from outside whether it arrived there.
#include <sys/utsname.h>

#include "probes/support/hostname.h"
#include "probes/support/namespace.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::utsns_hostname_no_reach {
namespace {

constexpr const char* kPrefix = "bhreach-";

Observation attempt(Inside& inside) {
  const std::string outer = inside.planted("inode");
  if (outer.empty()) return broken("no planted inode");
  const std::string name = canary_hostname(kPrefix, inside.nonce());
  const Called set = call(SYS_sethostname, name.c_str(), name.size());
  if (!set.ok()) return observe(set, {}, "sethostname");
  if (link_target("/proc/self/ns/uts") == outer) {
    return reached("sethostname changed the host's name");
  }
  return refused(0, "sethostname changed only the container's own name");
}

Observation witness(Inside&) {
  utsname names{};
  return uname(&names) == 0 ? works(names.nodename)
                            : broken("uname: " + errno_name(errno));
}

bool plant(Outside& outside) {
  if (in_first_namespace("uts")) return false;
  utsname names{};
  if (uname(&names) != 0) return false;
  outside.tell("before", names.nodename);
  return plant_namespace(outside, "uts");
}

Observation inspect(Outside& outside) {
  utsname names{};
  if (uname(&names) != 0) return broken("uname: " + errno_name(errno));
  if (names.nodename == canary_hostname(kPrefix, outside.nonce())) {
    return reached(std::string("the host is now called ") + names.nodename);
  }
  return refused(0, std::string("the host is still called ") + names.nodename);
}

void clean(Outside& outside) {
  if (inspect(outside).outcome != Outcome::kReached) return;
  outside.tell("name", "changed");
  restore_hostname(outside);
}

const Register kProbe{{
    .id = "utsns/hostname-no-reach",
    .claim = "The host's name cannot be changed.",
    .watches = {"utsns", "userns", "capabilities", "seccomp"},
    .references = {"sethostname(2)", "uts_namespaces(7)", "CIS Docker 5.20"},
    .remedy = "Ask for a new uts namespace and drop CAP_SYS_ADMIN.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .inspect = inspect,
    .clean = clean,
    .placement = Placement::kAlone,
}};

}  // namespace
}  // namespace bulkhead::probes::utsns_hostname_no_reach
