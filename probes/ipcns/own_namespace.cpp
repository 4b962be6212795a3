#include "probes/support/namespace.h"

namespace bulkhead::probes::ipcns_own_namespace {
namespace {

const Register kProbe{{
    .id = "ipcns/own-namespace",
    .claim = "The workload is not in the host's IPC namespace.",
    .watches = {"ipcns"},
    .references = {"ipc_namespaces(7)", "OCI linux.namespaces: ipc",
                   "CIS Docker 5.16"},
    .remedy = "Ask for a new ipc namespace.",
    .attempt = [](Inside& inside) { return own_namespace(inside, "ipc"); },
    .witness = [](Inside&) { return read_namespace("ipc"); },
    .plant = [](Outside& outside) { return plant_namespace(outside, "ipc"); },
}};

}  // namespace
}  // namespace bulkhead::probes::ipcns_own_namespace
