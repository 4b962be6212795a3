// What OCI has no field for stands in annotations, as the text of JSON.
#include "runtime/spec/binfmt.h"
#include "runtime/spec/oci_emit.h"
#include "runtime/spec/oci_parse.h"

namespace bulkhead::oci {
namespace {

/// Reads the text of the annotation `name`; complaints about it stand at the
/// annotation, since their place is inside the text.
void parse_annotation(const Node& node, const char* name, Spec& spec,
                      void (*parse)(const Node&, Spec&)) {
  const auto found = node.value().find(name);
  if (found == node.value().end()) return;
  const Node annotation = node.child(name, *found);
  const auto text = annotation.string();
  if (!text) return;
  std::vector<Complaint> complaints;
  if (const auto tree = read_json(*text, complaints)) {
    parse(Node(*tree, "", complaints), spec);
  }
  for (const Complaint& complaint : complaints) {
    annotation.complain(to_string(complaint));
  }
}

void parse_binfmt(const Node& node, Spec& spec) {
  if (!node.value().is_object()) {
    node.complain(
        "an object of interpreters by architecture is wanted, such as "
        "{\"aarch64\": \"/usr/bin/qemu-aarch64-static\"}");
    return;
  }
  for (const auto& [arch, path] : node.value().items()) {
    if (const auto text = node.child(arch, path).string()) {
      spec.binfmt[arch] = *text;
    }
  }
}

}  // namespace

void parse_annotations(const Node& node, Spec& spec) {
  if (!node.value().is_object()) {
    node.complain("an object of strings is wanted");
    return;
  }
  parse_annotation(node, kLandlockAnnotation, spec, parse_landlock);
  parse_annotation(node, kBinfmtAnnotation, spec, parse_binfmt);
}

std::string emit_binfmt(const Spec& spec) { return Json(spec.binfmt).dump(); }

}  // namespace bulkhead::oci
