// The memory that both sides of a clone see.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "runtime/base/result.h"
#include "runtime/child/child.h"

namespace bulkhead {

/// What one child needs until exec: a stack with an inaccessible page below
/// it, above it the state that both sides see, and the words of this start.
class StartMemory {
 public:
  StartMemory() = default;
  StartMemory(StartMemory&& other) noexcept
      : address_(std::exchange(other.address_, nullptr)),
        own_memory_(other.own_memory_) {}
  StartMemory& operator=(StartMemory&& other) noexcept {
    std::swap(address_, other.address_);
    std::swap(own_memory_, other.own_memory_);
    return *this;
  }
  StartMemory(const StartMemory&) = delete;
  StartMemory& operator=(const StartMemory&) = delete;
  ~StartMemory();

  /// A mapping with a zeroed state, that of a start which is over if there is
  /// one. `own_memory`: the child will have memory of its own, so that the
  /// state must be in a shared mapping.
  [[nodiscard]] static Result<StartMemory> map(bool own_memory);

  [[nodiscard]] SharedState* state() const;
  [[nodiscard]] void* stack_top() const { return state(); }
  /// Room for argv and envp, at the same address on both sides.
  [[nodiscard]] std::span<char> words() const;

 private:
  void* address_ = nullptr;
  bool own_memory_ = false;
};

}  // namespace bulkhead
