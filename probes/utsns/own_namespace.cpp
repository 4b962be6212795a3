#include "probes/support/namespace.h"

namespace bulkhead::probes::utsns_own_namespace {
namespace {

const Register kProbe{{
    .id = "utsns/own-namespace",
    .claim = "The workload is not in the host's UTS namespace.",
    .watches = {"utsns"},
    .references = {"uts_namespaces(7)", "OCI linux.namespaces: uts",
                   "CIS Docker 5.20"},
    .remedy = "Ask for a new uts namespace.",
    .attempt = [](Inside& inside) { return own_namespace(inside, "uts"); },
    .witness = [](Inside&) { return read_namespace("uts"); },
    .plant = [](Outside& outside) { return plant_namespace(outside, "uts"); },
}};

}  // namespace
}  // namespace bulkhead::probes::utsns_own_namespace
