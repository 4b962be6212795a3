// Reading JSON that nobody vouches for: every complaint carries the pointer of
// its place, every member that nobody asked for is one, nothing throws.
// Internal to the OCI parser.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/spec/complaint.h"

namespace bulkhead::oci {

using Complaints = std::vector<Complaint>;

/// The text as a tree; nothing if it is not JSON within bounds: too long, too
/// deep, not UTF-8, duplicate members, NUL in a string.
[[nodiscard]] std::optional<nlohmann::json> read_json(std::string_view text,
                                                      Complaints& complaints);

/// `member` as a JSON pointer has it (RFC 6901: "~" is "~0", "/" is "~1"). A
/// hostile name may be long; a pointer is for people.
[[nodiscard]] std::string escaped(std::string_view member);

/// False, "", {}, [], null, and objects of nothing else: mentioned, not asked.
[[nodiscard]] bool asks_nothing(const nlohmann::json& value);

/// A place in the tree. The conversions complain and return nothing (or an
/// empty list) when the type is wrong.
class Node {
 public:
  Node(const nlohmann::json& value, std::string pointer, Complaints& complaints)
      : value_(&value),
        pointer_(std::move(pointer)),
        complaints_(&complaints) {}

  [[nodiscard]] const nlohmann::json& value() const { return *value_; }
  [[nodiscard]] const std::string& pointer() const { return pointer_; }
  void complain(std::string text, bool not_implemented = false) const;
  /// Complains about a member of this node, present or missing.
  void complain_at(std::string_view member, std::string text,
                   bool not_implemented = false) const;
  [[nodiscard]] Node child(std::string_view member,
                           const nlohmann::json& value) const;

  [[nodiscard]] std::optional<std::string> string() const;
  [[nodiscard]] std::optional<bool> boolean() const;
  [[nodiscard]] std::optional<std::int64_t> integer(
      std::int64_t low = std::numeric_limits<std::int64_t>::min(),
      std::int64_t high = std::numeric_limits<std::int64_t>::max()) const;
  [[nodiscard]] std::optional<std::uint64_t> unsigned_integer() const;
  [[nodiscard]] std::optional<std::uint32_t> u32() const;
  /// A string that container_path_problem has nothing against.
  [[nodiscard]] std::optional<std::string> container_path() const;
  [[nodiscard]] std::vector<Node> list() const;
  [[nodiscard]] std::vector<std::string> strings() const;

 private:
  void wrong_type(std::string_view wanted) const;

  const nlohmann::json* value_;
  std::string pointer_;
  Complaints* complaints_;
};

/// An object whose members are taken one by one; what is left at the end of
/// its life is unknown and complained about. A member that is null is absent.
class Object {
 public:
  explicit Object(Node node);
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  ~Object();

  [[nodiscard]] const Node& node() const { return node_; }
  [[nodiscard]] std::optional<Node> take(std::string_view member);
  /// As take, but its absence is a complaint: "missing; `wanted`".
  [[nodiscard]] std::optional<Node> require(std::string_view member,
                                            std::string_view wanted);
  /// Cannot change isolation.
  void accept(std::string_view member);
  /// Would change isolation and is not done here; fine when it asks nothing.
  void refuse(std::string_view member, std::string_view instead = {});

  // take + conversion + store, when there is something to store.
  void into(std::string_view member, std::string& target);
  void into(std::string_view member, bool& target);
  void into(std::string_view member, std::uint32_t& target);
  void into(std::string_view member, std::vector<std::string>& target);

 private:
  Node node_;
  std::set<std::string, std::less<>> taken_;
};

}  // namespace bulkhead::oci
