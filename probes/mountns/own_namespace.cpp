#include "probes/support/namespace.h"

namespace bulkhead::probes::mountns_own_namespace {
namespace {

const Register kProbe{{
    .id = "mountns/own-namespace",
    .claim = "The workload is not in the host's mount namespace.",
    .watches = {"mountns"},
    .references = {"mount_namespaces(7)", "OCI linux.namespaces: mount"},
    .remedy = "Ask for a new mount namespace.",
    .attempt = [](Inside& inside) { return own_namespace(inside, "mnt"); },
    .witness = [](Inside&) { return read_namespace("mnt"); },
    .plant = [](Outside& outside) { return plant_namespace(outside, "mnt"); },
}};

}  // namespace
}  // namespace bulkhead::probes::mountns_own_namespace
