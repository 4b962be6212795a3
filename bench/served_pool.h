// A `bulkhead pool` that serves beside the benchmark.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace bulkhead::bench {

class ServedPool {
 public:
  /// Starts `argv` and waits until it says that its containers are ready.
  [[nodiscard]] static Result<std::shared_ptr<ServedPool>> serve(
      const std::vector<std::string>& argv);
  explicit ServedPool(pid_t pid) : pid_(pid) {}
  ServedPool(const ServedPool&) = delete;
  ServedPool& operator=(const ServedPool&) = delete;
  /// Ends it, and waits until it has taken its containers apart.
  ~ServedPool();

 private:
  pid_t pid_;
};

}  // namespace bulkhead::bench
