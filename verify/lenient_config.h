// Reading a config.json that was written for another runtime: what Bulkhead
// does not do is taken out by its place and said, in place of a refusal. For
// those who look at a container, never for those who start one.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/host/host.h"
#include "runtime/spec/complaint.h"
#include "runtime/spec/spec.h"

namespace bulkhead::verify {

/// A config.json, as far as Bulkhead understands it.
struct LenientConfig {
  nlohmann::json original;  ///< As it was given.
  nlohmann::json reduced;   ///< Without what is in `left_out`.
  Spec spec;                ///< What `reduced` asks for.
  /// What was taken out, and why: it may well be right, and is not
  /// implemented.
  std::vector<Complaint> left_out;
};

/// parse_oci() of `text` without everything that is not implemented, or all
/// complaints about what is malformed; where nothing is, about what could not
/// be taken out.
[[nodiscard]] tl::expected<LenientConfig, std::vector<Complaint>>
parse_oci_leniently(std::string_view text, const std::string& bundle_dir);

/// Takes out the labels of security modules that are not active on `host`.
void leave_out_labels(const Host& host, LenientConfig& config);

}  // namespace bulkhead::verify
