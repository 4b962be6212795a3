// The other name of a UTS namespace, which runtimes forget.
#include <sys/utsname.h>
#include <unistd.h>

#include "probes/support/hostname.h"
#include "probes/support/namespace.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::utsns_domainname_private {
namespace {

constexpr const char* kPrefix = "bhdomain-";

std::string domain_name() {
  utsname names{};
  return uname(&names) == 0 ? names.domainname : "";
}

Observation attempt(Inside& inside) {
  const std::string name = inside.planted("name");
  if (name.empty()) return broken("no planted domain name");
  if (domain_name() == name) return reached("uname says " + name);
  const std::string shown =
      slurp("/proc/sys/kernel/domainname", 256).value_or("");
  if (shown == name + "\n") {
    return reached("/proc/sys/kernel/domainname says it");
  }
  return refused(0, "the domain name here is '" + domain_name() + "'");
}

Observation witness(Inside&) {
  utsname names{};
  return uname(&names) == 0 ? works(names.domainname)
                            : broken("uname: " + errno_name(errno));
}

bool plant(Outside& outside) {
  if (in_first_namespace("uts")) return false;
  const std::string name = canary_hostname(kPrefix, outside.nonce());
  outside.tell("before", domain_name());
  if (setdomainname(name.c_str(), name.size()) != 0) return false;
  outside.tell("name", name);
  return true;
}

void clean(Outside& outside) {
  const std::string before = outside.told("before");
  if (outside.told("name").empty() || in_first_namespace("uts")) return;
  static_cast<void>(!setdomainname(before.c_str(), before.size()));
}

const Register kProbe{{
    .id = "utsns/domainname-private",
    .claim = "The host's domain name is not shown.",
    .watches = {"utsns"},
    .references = {"uts_namespaces(7)", "OCI domainname"},
    .remedy = "Ask for a new uts namespace and a domain name: a new one "
              "begins with the caller's names.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
}};

}  // namespace
}  // namespace bulkhead::probes::utsns_domainname_private
