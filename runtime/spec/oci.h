// The file form of a Spec: the OCI runtime-spec config.json (1.0 to 1.2).
// What the file asks for and Bulkhead does not do is refused by name, never
// ignored; what it merely mentions (false, "", {}, [], null) is harmless.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/spec/complaint.h"
#include "runtime/spec/spec.h"

namespace bulkhead {

inline constexpr std::size_t kMaxConfigBytes = 1024 * 1024;
inline constexpr std::size_t kMaxConfigDepth = 64;

/// The Spec that `json` asks for, or everything that is wrong with it. Relative
/// host paths (root.path, the source of a bind) are taken from `bundle_dir`.
/// Never throws, whatever the bytes are.
[[nodiscard]] tl::expected<Spec, std::vector<Complaint>> parse_oci(
    std::string_view json, const std::string& bundle_dir);

/// The Seccomp that `json` asks for: an OCI `seccomp` object, alone in its
/// file, or an engine's profile, such as Podman's seccomp.json. Of the latter
/// those rules count whose "includes" and "excludes" are for this architecture,
/// this kernel and a container with `granted`, its bounding set.
[[nodiscard]] tl::expected<Seccomp, std::vector<Complaint>>
parse_seccomp_profile(std::string_view json, CapabilityMask granted);

/// config.json text for any OCI runtime. What OCI has no word for (Session,
/// Rootfs::nosuid/nodev/idmap, loopback_up, prefer, without, …) is left out;
/// so is memory.oom.group where it is only preferred.
[[nodiscard]] std::string emit_oci(const Spec& spec);

/// parse_oci of `dir`/config.json; all complaints in one Error, a line each.
[[nodiscard]] Result<Spec> load_bundle(const std::string& dir);

}  // namespace bulkhead
