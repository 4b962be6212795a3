// What a bundle of the user's own asks for, in place of the spec under test,
// and what the probes are told of it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "probes/probe.h"
#include "runtime/base/result.h"
#include "verify/lenient_config.h"

namespace bulkhead::verify {

/// A bundle as it was read outside the crash box.
struct Asked {
  std::string directory;  ///< Absolute.
  LenientConfig config;
  /// What a run cannot say anything about, a line each.
  std::vector<std::string> not_examined;
  /// Host paths that its mounts need and that the box would hide.
  std::vector<std::string> keep;
};

/// Reads `directory`/config.json leniently. A usage error, a line for each
/// complaint, where it is malformed.
[[nodiscard]] Result<Asked> read_asked(const std::string& directory);

/// The config.json of one container, in the user's own words: the root, the
/// cgroup path, the terminal and relative sources of binds are replaced, the
/// arguments left to the start. `reduced`: without what is not implemented.
[[nodiscard]] nlohmann::json config_for(const Asked& asked, bool reduced,
                                        const std::string& rootfs,
                                        const std::string& cgroups_path);

/// facts_of(), less what bulkhead adds where the config leaves something open.
[[nodiscard]] probes::Facts facts_of_asked(const Asked& asked, const Spec& spec,
                                           const std::string& root);

/// Who must own the rootfs of a container with this config, if nothing maps
/// it: its root, as the host counts.
[[nodiscard]] std::uint32_t root_of(const Spec& spec);

}  // namespace bulkhead::verify
