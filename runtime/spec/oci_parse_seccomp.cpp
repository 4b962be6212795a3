#include "runtime/spec/oci_seccomp.h"
#include "runtime/spec/seccomp_names.h"

namespace bulkhead::oci {
namespace {

constexpr std::uint32_t kMaxErrno = 4095;  // MAX_ERRNO; the kernel clamps.

void parse_action(Object& object, std::string_view member,
                  SeccompAction& target) {
  const auto node = object.require(member, "such as \"SCMP_ACT_ERRNO\"");
  const auto name = node ? node->string() : std::nullopt;
  if (!name) return;
  if (const auto action = seccomp_action_named(*name)) {
    target = *action;
  } else {
    node->complain("\"" + *name +
                       "\" is not implemented: SCMP_ACT_ALLOW, ERRNO, "
                       "KILL_PROCESS, KILL_THREAD, TRAP or LOG",
                   true);
  }
}

void parse_errno(Object& object, std::string_view member, SeccompAction action,
                 std::optional<std::uint32_t>& target) {
  const auto node = object.take(member);
  const auto number = node ? node->integer(0, kMaxErrno) : std::nullopt;
  if (!number) return;
  if (action == SeccompAction::kErrno) {
    target = static_cast<std::uint32_t>(*number);
  } else if (*number != 0) {
    node->complain("goes with SCMP_ACT_ERRNO only");
  }
}

SeccompArgument parse_argument(const Node& node) {
  Object object(node);
  SeccompArgument argument;
  if (const auto index = object.require("index", "0 to 5")) {
    argument.index =
        static_cast<std::uint32_t>(index->integer(0, 5).value_or(0));
  }
  if (const auto value = object.require("value", "a number")) {
    argument.value = value->unsigned_integer().value_or(0);
  }
  if (const auto value = object.take("valueTwo")) {
    argument.value_two = value->unsigned_integer().value_or(0);
  }
  if (const auto op = object.require("op", "such as \"SCMP_CMP_EQ\"")) {
    const auto name = op->string();
    const auto compare = name ? seccomp_compare_named(*name) : std::nullopt;
    if (compare) {
      argument.compare = *compare;
    } else if (name) {
      op->complain("\"" + *name +
                   "\" is no comparison: SCMP_CMP_NE, LT, LE, EQ, GE, GT or "
                   "MASKED_EQ");
    }
  }
  return argument;
}

}  // namespace

void parse_rule(Object& object, SeccompRule& rule) {
  if (const auto names = object.take("names")) {
    rule.names = names->strings();
    if (names->value().is_array() && rule.names.empty()) {
      names->complain("is empty; name the system calls");
    }
  } else if (rule.names.empty()) {
    object.node().complain_at("names", "missing; the system calls");
  }
  parse_action(object, "action", rule.action);
  parse_errno(object, "errnoRet", rule.action, rule.errno_return);
  if (const auto arguments = object.take("args")) {
    for (const Node& entry : arguments->list()) {
      rule.arguments.push_back(parse_argument(entry));
    }
  }
}

std::optional<std::string> parse_architecture(const Node& node) {
  auto name = node.string();
  if (!name || is_seccomp_architecture(*name)) return name;
  node.complain("\"" + *name +
                "\" is no architecture; such as \"SCMP_ARCH_X86_64\"");
  return std::nullopt;
}

void parse_filter(Object& object, Seccomp& seccomp) {
  parse_action(object, "defaultAction", seccomp.default_action);
  parse_errno(object, "defaultErrnoRet", seccomp.default_action,
              seccomp.default_errno_return);
  if (const auto architectures = object.take("architectures")) {
    for (const Node& entry : architectures->list()) {
      if (auto name = parse_architecture(entry)) {
        seccomp.architectures.push_back(std::move(*name));
      }
    }
  }
  object.refuse("flags");
  object.refuse("listenerPath");
  object.refuse("listenerMetadata");
}

Seccomp parse_seccomp(const Node& node) {
  Object object(node);
  Seccomp seccomp;
  parse_filter(object, seccomp);
  if (const auto syscalls = object.take("syscalls")) {
    for (const Node& entry : syscalls->list()) {
      Object rule(entry);
      parse_rule(rule, seccomp.rules.emplace_back());
    }
  }
  return seccomp;
}

}  // namespace bulkhead::oci
