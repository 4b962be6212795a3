#include <sys/prctl.h>

#include "probes/support/try.h"

namespace bulkhead::probes::no_new_privs_set {
namespace {

Observation attempt(Inside&) {
  const Called asked = called(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  if (!asked.ok()) return broken("prctl: " + errno_name(asked.error));
  return asked.value == 1 ? refused(0, "no_new_privs is set")
                          : reached("no_new_privs is not set");
}

Observation witness(Inside&) {
  const Called asked = called(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
  return asked.ok() ? works("prctl answers")
                    : broken("prctl: " + errno_name(asked.error));
}

const Register kProbe{{
    .id = "no_new_privs/set",
    .claim = "no_new_privs is set: running a program never gives privileges.",
    .watches = {"no_new_privs"},
    .references = {"PR_SET_NO_NEW_PRIVS(2const)", "OCI process.noNewPrivileges",
                   "CIS Docker 5.25"},
    .remedy = "Set noNewPrivileges.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::no_new_privs_set
