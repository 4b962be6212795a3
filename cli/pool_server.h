// bulkhead pool: containers kept ready for `bulkhead run --pool`.
#pragma once

#include <string>

#include "cli/request.h"

namespace bulkhead::cli {

struct PoolRequest {
  Request request;
  std::string socket;
  std::size_t size = 4;    ///< Children that wait, one step before exec.
  std::size_t most = 256;  ///< Clients served at a time; others wait.
};

/// Serves until SIGINT, SIGTERM or SIGHUP, then ends what still runs and
/// removes everything; 0, or the exit status of an error.
[[nodiscard]] int serve_pool(const PoolRequest& asked);

}  // namespace bulkhead::cli
