// A value with spaces and equals signs, which a runtime that goes through a
// shell or splits would change.
#include <algorithm>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::session_environment_exact {
namespace {

std::vector<std::string> own_environment() {
  std::vector<std::string> own;
  for (char** variable = environ; variable != nullptr && *variable != nullptr;
       ++variable) {
    own.emplace_back(*variable);
  }
  return own;
}

std::string name_of(const std::string& variable) {
  return variable.substr(0, variable.find('='));
}

bool holds(const std::vector<std::string>& all, const std::string& one) {
  return std::ranges::find(all, one) != all.end();
}

Observation attempt(Inside& inside) {
  const auto asked = split(inside.spec("env"), '\n');
  if (asked.empty()) return fact_missing("env");
  const auto own = own_environment();
  std::string wrong;
  for (const std::string& variable : asked) {
    if (!holds(own, variable)) wrong += " not as asked: " + name_of(variable);
  }
  for (const std::string& variable : own) {
    // What getcwd(2) and the image's passwd say anyway: some runtimes add it.
    const std::string name = name_of(variable);
    if (!holds(asked, variable) && name != "PWD" && name != "HOME") {
      wrong += " not asked for: " + name_of(variable);
    }
  }
  return wrong.empty()
             ? refused(0, std::to_string(own.size()) + " variables, as asked")
             : reached("variables" + wrong);
}

Observation witness(Inside&) {
  const auto own = own_environment();
  return own.empty() ? broken("no environment")
                     : works(std::to_string(own.size()) + " variables");
}

const Register kProbe{{
    .id = "session/environment-exact",
    .claim = "The environment is the one that was asked for.",
    .watches = {"session"},
    .references = {"OCI process.env", "environ(7)"},
    .remedy = "Give the workload the variables of the spec, byte for byte, "
              "and no others.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::session_environment_exact
