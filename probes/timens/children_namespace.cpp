// A time namespace is entered by the children of who made it, not by itself:
// a runtime that forgets the second step leaves one of the two behind.
#include "probes/support/namespace.h"

namespace bulkhead::probes::timens_children_namespace {
namespace {

const Register kProbe{{
    .id = "timens/children-namespace",
    .claim = "Children of the workload are not born in the host's time "
             "namespace.",
    .watches = {"timens"},
    .references = {"time_namespaces(7)", "namespaces(7) time_for_children",
                   "Linux 5.6"},
    .remedy = "Ask for a new time namespace and enter it before the workload "
              "starts.",
    .attempt =
        [](Inside& inside) {
          return own_namespace(inside, "time_for_children");
        },
    .witness = [](Inside&) { return read_namespace("time_for_children"); },
    .plant = [](Outside& outside) { return plant_namespace(outside, "time"); },
}};

}  // namespace
}  // namespace bulkhead::probes::timens_children_namespace
