#include "runtime/plan/seccomp_text.h"

namespace bulkhead {
namespace {

constexpr std::size_t kUsual = 16384;

class Text {
 public:
  Text() { bytes_.reserve(kUsual); }

  void number(std::uint64_t value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void maybe(const std::optional<std::uint32_t>& value) {
    number(value ? std::uint64_t{*value} + 1 : 0);
  }
  /// Their lengths too: a name may hold any byte.
  void names(const std::vector<std::string>& names) {
    number(names.size());
    for (const std::string& name : names) {
      number(name.size());
      bytes_ += name;
    }
  }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

}  // namespace

std::string seccomp_text(const Seccomp& policy) {
  Text text;
  text.number(static_cast<std::uint64_t>(policy.default_action));
  text.maybe(policy.default_errno_return);
  text.names(policy.architectures);
  text.number(policy.rules.size());
  for (const SeccompRule& rule : policy.rules) {
    text.names(rule.names);
    text.number(static_cast<std::uint64_t>(rule.action));
    text.maybe(rule.errno_return);
    text.number(rule.arguments.size());
    for (const SeccompArgument& argument : rule.arguments) {
      text.number(argument.index);
      text.number(argument.value);
      text.number(argument.value_two);
      text.number(static_cast<std::uint64_t>(argument.compare));
    }
  }
  return text.take();
}

}  // namespace bulkhead
