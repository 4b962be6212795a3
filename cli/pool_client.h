// bulkhead run --pool, without its help.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::cli {

struct PoolRun {
  std::string socket;
  /// In place of those of the pool's command; empty: its own.
  std::vector<std::string> arguments;
};

/// Reads what stands behind `run`, if it is `--pool SOCKET [-- ARGUMENT…]`.
[[nodiscard]] bool read_pool_run(std::span<const std::string_view> words,
                                 PoolRun& asked);

/// Has the pool run one container with this program's standard input, output
/// and error, and hands on signals; its exit status, or that of an error.
[[nodiscard]] int run_in_pool(const PoolRun& asked);

}  // namespace bulkhead::cli
