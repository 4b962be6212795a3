#include "probes/support/namespace.h"

namespace bulkhead::probes::netns_own_namespace {
namespace {

const Register kProbe{{
    .id = "netns/own-namespace",
    .claim = "The workload is not in the host's network namespace.",
    .watches = {"netns"},
    .references = {"network_namespaces(7)", "OCI linux.namespaces: network",
                   "CIS Docker 5.9"},
    .remedy = "Ask for a new network namespace.",
    .attempt = [](Inside& inside) { return own_namespace(inside, "net"); },
    .witness = [](Inside&) { return read_namespace("net"); },
    .plant = [](Outside& outside) { return plant_namespace(outside, "net"); },
}};

}  // namespace
}  // namespace bulkhead::probes::netns_own_namespace
