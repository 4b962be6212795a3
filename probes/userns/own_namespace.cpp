#include "probes/support/namespace.h"

namespace bulkhead::probes::userns_own_namespace {
namespace {

const Register kProbe{{
    .id = "userns/own-namespace",
    .claim = "The workload is not in the host's user namespace.",
    .watches = {"userns"},
    .references = {"user_namespaces(7)", "OCI linux.namespaces: user",
                   "CIS Docker 2.9"},
    .remedy = "Ask for a new user namespace with id maps.",
    .attempt = [](Inside& inside) { return own_namespace(inside, "user"); },
    .witness = [](Inside&) { return read_namespace("user"); },
    .plant = [](Outside& outside) { return plant_namespace(outside, "user"); },
}};

}  // namespace
}  // namespace bulkhead::probes::userns_own_namespace
