// The sections of config.json, written. Internal to emit_oci.
#pragma once

#include <nlohmann/json.hpp>

#include "runtime/spec/spec.h"

namespace bulkhead::oci {

/// Members stay in the order of the OCI documents.
using Json = nlohmann::ordered_json;

[[nodiscard]] Json emit_process(const Process& process, const Labels& labels);
[[nodiscard]] Json emit_mounts(const Spec& spec);
[[nodiscard]] Json emit_linux(const Spec& spec);
[[nodiscard]] Json emit_resources(const Spec& spec);
[[nodiscard]] Json emit_seccomp(const Seccomp& seccomp);
/// The text of Spec::landlock's annotation.
[[nodiscard]] std::string emit_landlock(const Spec& spec);
/// The text of Spec::binfmt's annotation.
[[nodiscard]] std::string emit_binfmt(const Spec& spec);

}  // namespace bulkhead::oci
