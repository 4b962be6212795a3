// The sections of config.json, one function and one file each. Internal to the
// OCI parser.
#pragma once

#include <string>

#include "runtime/spec/oci_json.h"
#include "runtime/spec/spec.h"

namespace bulkhead::oci {

void parse_process(const Node& node, Process& process, Labels& labels);
/// What the annotations ask for that OCI has no field for; others are nobody's
/// business here.
void parse_annotations(const Node& node, Spec& spec);
void parse_landlock(const Node& node, Spec& spec);
void parse_mounts(const Node& node, const std::string& bundle_dir, Spec& spec);
void parse_linux(const Node& node, Spec& spec);
void parse_resources(const Node& node, Resources& resources);
void parse_block_io(const Node& node, std::vector<IoLimit>& io);
void parse_hugepages(const Node& node, std::vector<HugepageLimit>& hugepages);
/// A number of which 0 asks nothing, and anything else what is not done here.
void refuse_number(Object& object, std::string_view member);
[[nodiscard]] Seccomp parse_seccomp(const Node& node);
[[nodiscard]] Seccomp parse_seccomp_profile(const Node& node,
                                            CapabilityMask granted);

}  // namespace bulkhead::oci
