// Which signals to `run`, through a pool or not, are its workload's.
#pragma once

#include <signal.h>

namespace bulkhead::cli {

inline constexpr int kForwarded[] = {SIGINT,  SIGTERM, SIGHUP, SIGQUIT,
                                     SIGUSR1, SIGUSR2, SIGCONT};

}  // namespace bulkhead::cli
