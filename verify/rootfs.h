// The root file system in which probes run: nothing but the fixtures that
// probes/fixtures.h lists.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "probes/frame.h"
#include "runtime/base/result.h"

namespace bulkhead::verify {

/// A key that nobody can guess, new for every run.
[[nodiscard]] probes::FrameKey make_key();

/// `binary` with `key` written into its one empty key slot.
[[nodiscard]] Result<std::vector<std::byte>> with_key(
    std::span<const std::byte> binary, const probes::FrameKey& key);

/// A new key and the probe binary that carries it.
struct Keyed {
  probes::FrameKey key{};
  std::vector<std::byte> binary;
};

/// An error where `binary` has no empty key slot, or several.
[[nodiscard]] Result<Keyed> keyed(std::span<const std::byte> binary);

/// Makes `directory` and every fixture below it, of `owner` or as far above it
/// as the fixture says; the probe
/// binaries are `keyed_binary`, the nonce files hold `nonce`. Device nodes that
/// may not be made are left out and named in the result.
[[nodiscard]] Result<std::vector<std::string>> build_rootfs(
    const std::string& directory, std::span<const std::byte> keyed_binary,
    const std::string& nonce, uid_t owner);

/// Whether the tree at `directory` can be mounted through id maps. A tmpfs can
/// since Linux 6.3.
[[nodiscard]] bool takes_id_maps(const std::string& directory);

}  // namespace bulkhead::verify
