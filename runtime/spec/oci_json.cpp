#include "runtime/spec/oci_json.h"

#include <algorithm>

#include "runtime/spec/paths.h"

namespace bulkhead::oci {
namespace {

using nlohmann::json;

std::string shown(const json& value) {
  std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 57) + "…";
  return text;
}

}  // namespace

bool asks_nothing(const json& value) {
  if (value.is_null()) return true;
  if (value.is_boolean()) return !value.get<bool>();
  if (value.is_string() || value.is_array()) {
    return value.is_string() ? value.get_ref<const std::string&>().empty()
                             : value.empty();
  }
  if (!value.is_object()) return false;
  return std::all_of(value.begin(), value.end(), asks_nothing);
}

void Node::complain(std::string text, bool not_implemented) const {
  complaints_->push_back({pointer_, std::move(text), not_implemented});
}

void Node::complain_at(std::string_view member, std::string text,
                       bool not_implemented) const {
  complaints_->push_back(
      {pointer_ + "/" + escaped(member), std::move(text), not_implemented});
}

Node Node::child(std::string_view member, const json& value) const {
  return {value, pointer_ + "/" + escaped(member), *complaints_};
}

void Node::wrong_type(std::string_view wanted) const {
  complain(shown(*value_) + " is not " + std::string(wanted));
}

std::optional<std::string> Node::string() const {
  if (value_->is_string()) return value_->get<std::string>();
  wrong_type("a string");
  return std::nullopt;
}

std::optional<bool> Node::boolean() const {
  if (value_->is_boolean()) return value_->get<bool>();
  wrong_type("true or false");
  return std::nullopt;
}

std::optional<std::int64_t> Node::integer(std::int64_t low,
                                          std::int64_t high) const {
  const bool fits = value_->is_number_integer() &&
                    (!value_->is_number_unsigned() ||
                     value_->get<std::uint64_t>() <=
                         static_cast<std::uint64_t>(
                             std::numeric_limits<std::int64_t>::max()));
  if (fits) {
    const auto number = value_->get<std::int64_t>();
    if (number >= low && number <= high) return number;
  }
  wrong_type("a whole number from " + std::to_string(low) + " to " +
             std::to_string(high));
  return std::nullopt;
}

std::optional<std::uint64_t> Node::unsigned_integer() const {
  if (value_->is_number_unsigned()) return value_->get<std::uint64_t>();
  wrong_type("a whole number from 0 to 18446744073709551615");
  return std::nullopt;
}

std::optional<std::uint32_t> Node::u32() const {
  const auto number = integer(0, std::numeric_limits<std::uint32_t>::max());
  if (!number) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

std::optional<std::string> Node::container_path() const {
  auto path = string();
  if (!path) return std::nullopt;
  const std::string problem = container_path_problem(*path);
  if (problem.empty()) return path;
  complain(problem);
  return std::nullopt;
}

std::vector<Node> Node::list() const {
  std::vector<Node> nodes;
  if (!value_->is_array()) {
    wrong_type("a list");
    return nodes;
  }
  nodes.reserve(value_->size());
  for (std::size_t i = 0; i < value_->size(); ++i) {
    nodes.push_back(child(std::to_string(i), (*value_)[i]));
  }
  return nodes;
}

std::vector<std::string> Node::strings() const {
  std::vector<std::string> result;
  for (const Node& node : list()) {
    if (auto text = node.string()) result.push_back(std::move(*text));
  }
  return result;
}

Object::Object(Node node) : node_(std::move(node)) {
  if (!node_.value().is_object()) {
    node_.complain(shown(node_.value()) + " is not an object");
  }
}

Object::~Object() {
  if (!node_.value().is_object()) return;
  for (const auto& [name, value] : node_.value().items()) {
    if (taken_.find(name) == taken_.end()) {
      node_.complain_at(name, "unknown field; nothing is ignored: remove it",
                        true);
    }
  }
}

std::optional<Node> Object::take(std::string_view member) {
  taken_.emplace(member);
  const json& value = node_.value();
  if (!value.is_object()) return std::nullopt;
  const auto found = value.find(member);
  if (found == value.end() || found->is_null()) return std::nullopt;
  return node_.child(member, *found);
}

std::optional<Node> Object::require(std::string_view member,
                                    std::string_view wanted) {
  auto node = take(member);
  if (!node && node_.value().is_object()) {
    node_.complain_at(member, "missing; " + std::string(wanted));
  }
  return node;
}

void Object::accept(std::string_view member) { taken_.emplace(member); }

void Object::refuse(std::string_view member, std::string_view instead) {
  const auto node = take(member);
  if (!node || asks_nothing(node->value())) return;
  node->complain("not implemented, and it would change the isolation: " +
                     (instead.empty() ? "remove it" : std::string(instead)),
                 true);
}

void Object::into(std::string_view member, std::string& target) {
  const auto node = take(member);
  if (!node) return;
  if (auto value = node->string()) target = std::move(*value);
}

void Object::into(std::string_view member, bool& target) {
  const auto node = take(member);
  if (!node) return;
  if (const auto value = node->boolean()) target = *value;
}

void Object::into(std::string_view member, std::uint32_t& target) {
  const auto node = take(member);
  if (!node) return;
  if (const auto value = node->u32()) target = *value;
}

void Object::into(std::string_view member, std::vector<std::string>& target) {
  if (const auto node = take(member)) target = node->strings();
}

}  // namespace bulkhead::oci
