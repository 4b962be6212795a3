// Device nodes that a host has although their drivers are not loaded.
#pragma once

namespace bulkhead::agent {

/// Makes the nodes that modules.devname of the running kernel lists, as an
/// init system does at start-up (kmod static-nodes): whoever opens one loads
/// the driver. Without them no container could be caught reaching them.
void make_static_nodes();

}  // namespace bulkhead::agent
