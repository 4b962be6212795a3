#include "runtime/spec/names.h"
#include "runtime/spec/oci_parse.h"

namespace bulkhead::oci {
namespace {

CapabilityMask parse_mask(const Node& node) {
  CapabilityMask mask = 0;
  for (const Node& entry : node.list()) {
    const auto name = entry.string();
    if (!name) continue;
    const auto number = capability_named(*name);
    if (number) {
      mask |= CapabilityMask{1} << *number;
    } else {
      entry.complain("\"" + *name + "\" is no capability; see capabilities(7)");
    }
  }
  return mask;
}

Capabilities parse_capabilities(const Node& node) {
  Capabilities capabilities;
  Object object(node);
  const auto into = [&](std::string_view member, CapabilityMask& mask) {
    if (const auto set = object.take(member)) mask = parse_mask(*set);
  };
  into("bounding", capabilities.bounding);
  into("effective", capabilities.effective);
  into("permitted", capabilities.permitted);
  into("inheritable", capabilities.inheritable);
  into("ambient", capabilities.ambient);
  // `runc spec` writes ambient capabilities that are not inheritable. No kernel
  // can raise those (prctl(2), PR_CAP_AMBIENT_RAISE: EPERM), and every runtime
  // leaves them out.
  capabilities.ambient &= capabilities.permitted & capabilities.inheritable;
  return capabilities;
}

void parse_user(const Node& node, Process& process) {
  Object user(node);
  user.into("uid", process.uid);
  user.into("gid", process.gid);
  if (const auto umask = user.take("umask")) {
    if (const auto bits = umask->integer(0, 0777)) {
      process.umask = static_cast<std::uint32_t>(*bits);
    }
  }
  if (const auto groups = user.take("additionalGids")) {
    for (const Node& entry : groups->list()) {
      if (const auto gid = entry.u32()) process.additional_gids.push_back(*gid);
    }
  }
  user.refuse("username", "give uid and gid");
}

void parse_rlimit(const Node& node, std::vector<Rlimit>& rlimits) {
  Object object(node);
  Rlimit rlimit;
  bool whole = true;
  if (const auto type = object.require("type", "such as \"RLIMIT_NOFILE\"")) {
    const auto name = type->string();
    const auto resource = name ? rlimit_named(*name) : std::nullopt;
    if (resource) {
      rlimit.resource = *resource;
    } else {
      if (name) {
        type->complain("\"" + *name +
                       "\" is no resource limit; see getrlimit(2)");
      }
      whole = false;
    }
  }
  const auto into = [&](std::string_view member, std::uint64_t& target) {
    const auto limit = object.require(member, "a number");
    const auto number = limit ? limit->unsigned_integer() : std::nullopt;
    if (number) target = *number;
  };
  into("soft", rlimit.soft);
  into("hard", rlimit.hard);
  if (whole) rlimits.push_back(rlimit);
}

void parse_arguments(const Node& node, std::vector<std::string>& argv) {
  argv = node.strings();
  if (node.value().is_array() && node.value().empty()) {
    node.complain("is empty; name the program to run");
  }
}

}  // namespace

void parse_process(const Node& node, Process& process, Labels& labels) {
  Object object(node);
  if (const auto args =
          object.require("args", "the program and its arguments")) {
    parse_arguments(*args, process.argv);
  }
  object.into("env", process.environment);
  if (const auto cwd = object.require("cwd", "such as \"/\"")) {
    if (auto path = cwd->container_path()) process.cwd = std::move(*path);
  }
  if (const auto user = object.take("user")) parse_user(*user, process);
  object.into("noNewPrivileges", process.no_new_privs);
  if (const auto capabilities = object.take("capabilities")) {
    process.capabilities = parse_capabilities(*capabilities);
  }
  if (const auto rlimits = object.take("rlimits")) {
    for (const Node& entry : rlimits->list()) {
      parse_rlimit(entry, process.rlimits);
    }
  }
  if (const auto score = object.take("oomScoreAdj")) {
    if (const auto number = score->integer(-1000, 1000)) {
      process.oom_score_adj = static_cast<std::int32_t>(*number);
    }
  }
  object.accept("consoleSize");  // Of a terminal, which is refused below.
  object.refuse("terminal", "set it to false and attach the caller's own");
  object.refuse("commandLine");
  object.into("apparmorProfile", labels.apparmor);
  object.into("selinuxLabel", labels.selinux);
  object.refuse("scheduler");
  object.refuse("ioPriority");
  object.refuse("execCPUAffinity");
}

}  // namespace bulkhead::oci
