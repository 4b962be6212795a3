#include "probes/support/namespace.h"

namespace bulkhead::probes::pidns_own_namespace {
namespace {

const Register kProbe{{
    .id = "pidns/own-namespace",
    .claim = "The workload is not in the host's PID namespace.",
    .watches = {"pidns"},
    .references = {"pid_namespaces(7)", "OCI linux.namespaces: pid",
                   "CIS Docker 5.15", "NIST SP 800-190 4.4"},
    .remedy = "Ask for a new pid namespace.",
    .attempt = [](Inside& inside) { return own_namespace(inside, "pid"); },
    .witness = [](Inside&) { return read_namespace("pid"); },
    .plant = [](Outside& outside) { return plant_namespace(outside, "pid"); },
}};

}  // namespace
}  // namespace bulkhead::probes::pidns_own_namespace
