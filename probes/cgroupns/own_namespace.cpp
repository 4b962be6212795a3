#include "probes/support/namespace.h"

namespace bulkhead::probes::cgroupns_own_namespace {
namespace {

const Register kProbe{{
    .id = "cgroupns/own-namespace",
    .claim = "The workload is not in the host's cgroup namespace.",
    .watches = {"cgroupns"},
    .references = {"cgroup_namespaces(7)", "OCI linux.namespaces: cgroup",
                   "Linux 4.6"},
    .remedy = "Ask for a new cgroup namespace.",
    .attempt = [](Inside& inside) { return own_namespace(inside, "cgroup"); },
    .witness = [](Inside&) { return read_namespace("cgroup"); },
    .plant =
        [](Outside& outside) { return plant_namespace(outside, "cgroup"); },
}};

}  // namespace
}  // namespace bulkhead::probes::cgroupns_own_namespace
