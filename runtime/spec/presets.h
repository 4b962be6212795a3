// Whole specs by name; argv and rootfs.path are left to the caller.
#pragma once

#include <string_view>

#include "runtime/base/result.h"
#include "runtime/spec/spec.h"

namespace bulkhead {

enum class Preset : std::uint8_t {
  kHardened,  ///< Everything there is; nothing granted.
  kOci,       ///< What docker and podman ask for when nothing is asked.
  kStrict,    ///< Hardened, where the kernel tells of nothing but processes.
  kNone,      ///< No isolation at all: the floor for controls and benchmarks.
};

/// Root's range in a hardened container: where systemd, too, puts the ids of
/// containers (UIDS-GIDS in systemd's documentation).
inline constexpr std::uint32_t kContainerIdBase = 524288;
inline constexpr std::uint32_t kContainerIdCount = 65536;
/// What a hardened container's clocks are ahead: a day, so that they cannot be
/// taken for the host's.
inline constexpr std::int64_t kClockOffsetSeconds = 86400;
inline constexpr std::string_view kContainerHostname = "bulkhead";
inline constexpr std::uint32_t kHardenedPtyMax = 64;
inline constexpr std::int64_t kHardenedMemoryBytes = 256LL << 20;
inline constexpr std::int64_t kHardenedPids = 256;

/// The preset called "hardened", "oci", "strict" or "none".
[[nodiscard]] Result<Preset> preset_named(std::string_view name);
[[nodiscard]] std::string_view name_of(Preset preset);

/// The whole spec. Asks the kernel for one thing only: the caller's own hard
/// rlimits, so that nothing asked for lies above them.
[[nodiscard]] Spec make_preset(Preset preset);

}  // namespace bulkhead
