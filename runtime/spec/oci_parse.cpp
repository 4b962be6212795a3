#include "runtime/spec/oci_parse.h"

#include "runtime/spec/config_file.h"
#include "runtime/spec/oci.h"
#include "runtime/spec/paths.h"

namespace bulkhead {
namespace oci {
namespace {

void parse_root(const Node& node, const std::string& bundle_dir,
                Rootfs& rootfs) {
  rootfs.read_only = false;
  Object root(node);
  root.into("readonly", rootfs.read_only);
  const auto path = root.require("path", "the directory that becomes \"/\"");
  if (!path) return;
  auto text = path->string();
  if (!text) return;
  if (text->empty()) {
    path->complain("is empty; name the directory that becomes \"/\"");
    return;
  }
  rootfs.path =
      text->starts_with('/') ? *text : clean_path(bundle_dir + "/" + *text);
}

void parse_version(const Node& node, std::string& version) {
  auto text = node.string();
  if (!text) return;
  if (!text->starts_with("1.")) {
    node.complain("\"" + *text + "\" is not a 1.x version of the runtime-spec");
    return;
  }
  version = std::move(*text);
}

/// hostname, domainname: an empty string asks nothing.
void parse_name(Object& top, std::string_view member,
                std::optional<std::string>& target) {
  std::string name;
  top.into(member, name);
  if (!name.empty()) target = std::move(name);
}

void parse_top(const Node& node, const std::string& bundle_dir, Spec& spec) {
  Object top(node);
  if (!node.value().is_object()) return;
  if (const auto version = top.require("ociVersion", "such as \"1.0.2\"")) {
    parse_version(*version, spec.oci_version);
  }
  if (const auto root = top.require("root", "{\"path\": DIR}")) {
    parse_root(*root, bundle_dir, spec.rootfs);
  }
  if (const auto process = top.require("process", "it says what to run")) {
    parse_process(*process, spec.process, spec.labels);
  }
  parse_name(top, "hostname", spec.hostname);
  parse_name(top, "domainname", spec.domainname);
  if (const auto mounts = top.take("mounts")) {
    parse_mounts(*mounts, bundle_dir, spec);
  }
  if (const auto section = top.take("linux")) parse_linux(*section, spec);
  // OCI has no words for these. They take nothing away that the rest grants:
  // under no_new_privs a setuid file gives nothing, and a container with a
  // /dev of its own needs no node of the image's.
  spec.rootfs.nosuid = spec.process.no_new_privs;
  spec.rootfs.nodev = spec.minimal_dev;
  if (const auto annotations = top.take("annotations")) {
    parse_annotations(*annotations, spec);
  }
  top.refuse("hooks", "remove them and run the programs around the container");
  for (const char* other : {"windows", "vm", "solaris", "zos", "freebsd"}) {
    top.refuse(other);
  }
}

}  // namespace
}  // namespace oci

tl::expected<Spec, std::vector<Complaint>> parse_oci(
    std::string_view json, const std::string& bundle_dir) {
  std::vector<Complaint> complaints;
  const auto tree = oci::read_json(json, complaints);
  if (!tree) return tl::unexpected(std::move(complaints));
  Spec spec;
  oci::parse_top(oci::Node(*tree, "", complaints), bundle_dir, spec);
  if (!complaints.empty()) return tl::unexpected(std::move(complaints));
  return spec;
}

tl::expected<Seccomp, std::vector<Complaint>> parse_seccomp_profile(
    std::string_view json, CapabilityMask granted) {
  std::vector<Complaint> complaints;
  const auto tree = oci::read_json(json, complaints);
  if (!tree) return tl::unexpected(std::move(complaints));
  Seccomp seccomp =
      oci::parse_seccomp_profile(oci::Node(*tree, "", complaints), granted);
  if (!complaints.empty()) return tl::unexpected(std::move(complaints));
  return seccomp;
}

Result<Spec> load_bundle(const std::string& dir) {
  const std::string path = dir + "/config.json";
  const auto text = read_config_file(path);
  if (!text) return within("bundle", text.error());
  auto spec = parse_oci(*text, dir);
  if (!spec) return tl::unexpected(error_of("bundle: " + path, spec.error()));
  return *spec;
}

}  // namespace bulkhead
