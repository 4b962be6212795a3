#include "runtime/parent/start_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <new>

namespace bulkhead {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kStackBytes = 65536;
constexpr std::size_t kStateAt = kPage + kStackBytes;
constexpr std::size_t kWordsAt =
    kStateAt + (sizeof(SharedState) + 63) / 64 * 64;
constexpr std::size_t kWordsBytes = std::size_t{256} << 10;
constexpr std::size_t kBytes = kWordsAt + kWordsBytes;

/// Private mappings of starts that are over: to map one, to touch its pages and
/// to unmap it was a sixth of a cold start. No lock: a caller may fork.
std::array<std::atomic<void*>, 4> spares;

void* take_spare() {
  for (std::atomic<void*>& spare : spares) {
    if (void* address = spare.exchange(nullptr)) return address;
  }
  return nullptr;
}

bool keep_as_spare(void* address) {
  return std::ranges::any_of(spares, [&](std::atomic<void*>& spare) {
    void* none = nullptr;
    return spare.compare_exchange_strong(none, address);
  });
}

}  // namespace

StartMemory::~StartMemory() {
  if (address_ == nullptr) return;
  if (own_memory_ || !keep_as_spare(address_)) munmap(address_, kBytes);
}

Result<StartMemory> StartMemory::map(bool own_memory) {
  StartMemory memory;
  memory.own_memory_ = own_memory;
  if (!own_memory) memory.address_ = take_spare();
  if (memory.address_ != nullptr) {
    // What a call that lies leaves in scratch must not be the last start's.
    memset(static_cast<void*>(memory.state()), 0, sizeof(SharedState));
    new (memory.state()) SharedState;
    return memory;
  }
  const int flags =
      MAP_ANONYMOUS | MAP_NORESERVE | (own_memory ? MAP_SHARED : MAP_PRIVATE);
  void* address = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (address == MAP_FAILED) return fail("start: mmap", errno);
  memory.address_ = address;
  if (mprotect(address, kPage, PROT_NONE) != 0) {
    const int error = errno;
    munmap(std::exchange(memory.address_, nullptr), kBytes);
    return fail("start: mprotect", error);
  }
  // No initialiser: the pages are zero already, and those that nobody needs
  // are better not touched.
  new (memory.state()) SharedState;
  return memory;
}

SharedState* StartMemory::state() const {
  return reinterpret_cast<SharedState*>(static_cast<char*>(address_) +
                                        kStateAt);
}

std::span<char> StartMemory::words() const {
  return {static_cast<char*>(address_) + kWordsAt, kWordsBytes};
}

}  // namespace bulkhead
