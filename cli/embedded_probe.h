// The in-container program, carried inside this one.
#pragma once

#include <cstddef>
#include <span>

namespace bulkhead::cli {

/// The bytes of the static program `bulkhead-probe`.
[[nodiscard]] std::span<const std::byte> embedded_probe();

}  // namespace bulkhead::cli
