#include "probes/support/hostname.h"

#include <sys/utsname.h>
#include <unistd.h>

#include "probes/support/namespace.h"

namespace bulkhead::probes {

std::string canary_hostname(const std::string& prefix,
                            const std::string& nonce) {
  return prefix + nonce.substr(0, 12);
}

bool plant_hostname(Outside& outside, const std::string& prefix) {
  if (in_first_namespace("uts")) return false;
  utsname names{};
  if (uname(&names) != 0) return false;
  const std::string name = canary_hostname(prefix, outside.nonce());
  if (sethostname(name.c_str(), name.size()) != 0) return false;
  outside.tell("before", names.nodename);
  outside.tell("name", name);
  return true;
}

void restore_hostname(Outside& outside) {
  const std::string before = outside.told("before");
  if (outside.told("name").empty() || in_first_namespace("uts")) return;
  static_cast<void>(!sethostname(before.c_str(), before.size()));
}

}  // namespace bulkhead::probes
