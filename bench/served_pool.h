// A `bulkhead pool` that serves beside the benchmark.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/fd.h"
#include "runtime/base/result.h"

namespace bulkhead::bench {

class ServedPool {
 public:
  /// Starts `argv` and waits until it says that its containers are ready.
  [[nodiscard]] static Result<std::shared_ptr<ServedPool>> serve(
      const std::vector<std::string>& argv);
  explicit ServedPool(Fd pidfd) : pidfd_(std::move(pidfd)) {}
  ServedPool(const ServedPool&) = delete;
  ServedPool& operator=(const ServedPool&) = delete;
  /// Ends it, and waits until it has taken its containers apart.
  ~ServedPool();

 private:
  Fd pidfd_;
};

}  // namespace bulkhead::bench
