// unshare(2) may leave a process in one PID namespace and put its children
// into another: both must be the container's.
#include "probes/support/namespace.h"

namespace bulkhead::probes::pidns_children_namespace {
namespace {

const Register kProbe{{
    .id = "pidns/children-namespace",
    .claim = "Children of the workload are not born in the host's PID "
             "namespace.",
    .watches = {"pidns"},
    .references = {"pid_namespaces(7)", "namespaces(7) pid_for_children",
                   "unshare(2)"},
    .remedy = "Ask for a new pid namespace and start the workload in it, not "
              "beside it.",
    .attempt =
        [](Inside& inside) {
          return own_namespace(inside, "pid_for_children");
        },
    .witness = [](Inside&) { return read_namespace("pid_for_children"); },
    .plant = [](Outside& outside) { return plant_namespace(outside, "pid"); },
}};

}  // namespace
}  // namespace bulkhead::probes::pidns_children_namespace
