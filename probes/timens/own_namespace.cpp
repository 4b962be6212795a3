#include "probes/support/namespace.h"

namespace bulkhead::probes::timens_own_namespace {
namespace {

const Register kProbe{{
    .id = "timens/own-namespace",
    .claim = "The workload is not in the host's time namespace.",
    .watches = {"timens"},
    .references = {"time_namespaces(7)", "OCI linux.namespaces: time",
                   "Linux 5.6"},
    .remedy = "Ask for a new time namespace.",
    .attempt = [](Inside& inside) { return own_namespace(inside, "time"); },
    .witness = [](Inside&) { return read_namespace("time"); },
    .plant = [](Outside& outside) { return plant_namespace(outside, "time"); },
}};

}  // namespace
}  // namespace bulkhead::probes::timens_own_namespace
