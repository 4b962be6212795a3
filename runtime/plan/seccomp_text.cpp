#include "runtime/plan/seccomp_text.h"

#include <cstring>

namespace bulkhead {
namespace {

constexpr std::size_t kUsual = 16384;

class Written {
 public:
  Written() { bytes_.reserve(kUsual); }

  bool add(const void* bytes, std::size_t count) {
    bytes_.append(static_cast<const char*>(bytes), count);
    return true;
  }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Compared {
 public:
  explicit Compared(std::span<const unsigned char> with) : left_(with) {}

  bool add(const void* bytes, std::size_t count) {
    equal_ = equal_ && count <= left_.size() &&
             std::memcmp(left_.data(), bytes, count) == 0;
    if (equal_) left_ = left_.subspan(count);
    return equal_;
  }
  [[nodiscard]] bool equal() const { return equal_ && left_.empty(); }

 private:
  std::span<const unsigned char> left_;
  bool equal_ = true;
};

/// Says a policy part by part; false: what is told wants no more of it.
template <class Told>
class Teller {
 public:
  explicit Teller(Told& told) : told_(told) {}

  bool policy(const Seccomp& policy) {
    if (!number(static_cast<std::uint64_t>(policy.default_action)) ||
        !maybe(policy.default_errno_return) || !names(policy.architectures) ||
        !number(policy.rules.size())) {
      return false;
    }
    for (const SeccompRule& one : policy.rules) {
      if (!rule(one)) return false;
    }
    return true;
  }

 private:
  bool number(std::uint64_t value) { return told_.add(&value, sizeof value); }
  bool maybe(const std::optional<std::uint32_t>& value) {
    return number(value ? std::uint64_t{*value} + 1 : 0);
  }
  /// Their lengths too: a name may hold any byte.
  bool names(const std::vector<std::string>& names) {
    bool wanted = number(names.size());
    for (const std::string& name : names) {
      wanted =
          wanted && number(name.size()) && told_.add(name.data(), name.size());
    }
    return wanted;
  }
  bool rule(const SeccompRule& rule) {
    bool wanted = names(rule.names) &&
                  number(static_cast<std::uint64_t>(rule.action)) &&
                  maybe(rule.errno_return) && number(rule.arguments.size());
    for (const SeccompArgument& argument : rule.arguments) {
      wanted = wanted && number(argument.index) && number(argument.value) &&
               number(argument.value_two) &&
               number(static_cast<std::uint64_t>(argument.compare));
    }
    return wanted;
  }

  Told& told_;
};

}  // namespace

std::string seccomp_text(const Seccomp& policy) {
  Written text;
  Teller(text).policy(policy);
  return text.take();
}

bool is_seccomp_text(std::span<const unsigned char> text,
                     const Seccomp& policy) {
  Compared compared(text);
  return Teller(compared).policy(policy) && compared.equal();
}

}  // namespace bulkhead
