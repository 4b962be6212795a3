// The annotation that asks for Landlock (spec/landlock.h), read and written.
#include <limits>

#include "runtime/spec/oci_emit.h"
#include "runtime/spec/oci_parse.h"

namespace bulkhead::oci {
namespace {

std::optional<std::set<std::uint16_t>> parse_ports(const Node& node) {
  if (!node.value().is_array()) {
    node.complain("a list of ports is wanted, such as [80, 443]");
    return std::nullopt;
  }
  std::set<std::uint16_t> ports;
  for (const Node& entry : node.list()) {
    const auto port =
        entry.integer(0, std::numeric_limits<std::uint16_t>::max());
    if (port) ports.insert(static_cast<std::uint16_t>(*port));
  }
  return ports;
}

void parse_scope(const Node& node, Landlock& landlock) {
  for (const Node& entry : node.list()) {
    const auto word = entry.string();
    if (!word) continue;
    if (*word == "signals") {
      landlock.scope_signals = true;
    } else if (*word == "abstract") {
      landlock.scope_abstract = true;
    } else {
      entry.complain("\"" + *word +
                     "\" is no scope; signals or abstract is wanted");
    }
  }
}

}  // namespace

void parse_landlock(const Node& node, Spec& spec) {
  Object object(node);
  Landlock landlock{.by_mounts = false,
                    .tcp_bind = {},
                    .tcp_connect = {},
                    .scope_signals = false,
                    .scope_abstract = false};
  std::string files;
  object.into("files", files);
  landlock.by_mounts = files == "mounts";
  if (!files.empty() && !landlock.by_mounts) {
    node.complain_at("files", "\"" + files + "\": only mounts is known");
  }
  if (const auto ports = object.take("tcpBind")) {
    landlock.tcp_bind = parse_ports(*ports);
  }
  if (const auto ports = object.take("tcpConnect")) {
    landlock.tcp_connect = parse_ports(*ports);
  }
  if (const auto scope = object.take("scope")) parse_scope(*scope, landlock);
  bool prefer = false;
  object.into("prefer", prefer);
  if (prefer) spec.prefer.insert("landlock");
  spec.landlock = std::move(landlock);
}

std::string emit_landlock(const Spec& spec) {
  const Landlock& landlock = *spec.landlock;
  Json json = Json::object();
  if (landlock.by_mounts) json["files"] = "mounts";
  if (landlock.tcp_bind) json["tcpBind"] = *landlock.tcp_bind;
  if (landlock.tcp_connect) json["tcpConnect"] = *landlock.tcp_connect;
  if (landlock.scope_signals) json["scope"].push_back("signals");
  if (landlock.scope_abstract) json["scope"].push_back("abstract");
  if (spec.prefer.contains("landlock")) json["prefer"] = true;
  return json.dump();
}

}  // namespace bulkhead::oci
