// A variable in the caller's environment, named and valued by the nonce.
#include <cstdlib>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::session_environment_clean {
namespace {

std::string name_of(const std::string& nonce) {
  return "BULKHEAD_CANARY_" + nonce;
}

Observation attempt(Inside& inside) {
  int count = 0;
  for (char** variable = environ; variable != nullptr && *variable != nullptr;
       ++variable) {
    ++count;
    if (std::string(*variable).find(inside.nonce()) != std::string::npos) {
      return reached("the caller's variable is set");
    }
  }
  // The runner's parent, or process 1, may have been given more.
  for (const char* path : {"/proc/1/environ", "/proc/self/environ"}) {
    if (slurp(path).value_or("").find(name_of(inside.nonce())) !=
        std::string::npos) {
      return reached(std::string(path) + " shows the caller's variable");
    }
  }
  return refused(0, std::to_string(count) + " variables, no canary");
}

Observation witness(Inside&) {
  return setenv("BULKHEAD_OWN", "1", 1) == 0 &&
                 getenv("BULKHEAD_OWN") != nullptr
             ? works("an own variable can be set")
             : broken("setenv fails");
}

bool plant(Outside& outside) {
  const std::string name = name_of(outside.nonce());
  return setenv(name.c_str(), outside.nonce().c_str(), 1) == 0;
}

void clean(Outside& outside) { unsetenv(name_of(outside.nonce()).c_str()); }

const Register kProbe{{
    .id = "session/environment-clean",
    .claim = "The caller's environment does not arrive.",
    .watches = {"session"},
    .references = {"OCI process.env", "CVE-2025-23266", "environ(7)"},
    .remedy = "Give the workload only the variables of the spec.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::session_environment_clean
