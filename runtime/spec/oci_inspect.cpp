// The gate before the tree: what a text must be before it is one.
#include "runtime/spec/oci.h"
#include "runtime/spec/oci_json.h"

namespace bulkhead::oci {
namespace {

using nlohmann::json;

/// First pass over the text: finds what a tree can no longer show (duplicate
/// members) or should not be built for (depth). The parser that drives it does
/// not recurse.
class Inspector : public nlohmann::json_sax<json> {
 public:
  explicit Inspector(Complaints& complaints) : complaints_(complaints) {}

  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(std::int64_t) override { return value(); }
  bool number_unsigned(std::uint64_t) override { return value(); }
  bool number_float(double, const std::string&) override { return value(); }
  bool binary(json::binary_t&) override { return value(); }
  bool string(std::string& text) override {
    const bool go_on = value();
    if (text.find('\0') != std::string::npos) {
      complain("holds a NUL byte, which no system call would see past");
    }
    return go_on;
  }
  bool start_object(std::size_t) override { return enter(false); }
  bool start_array(std::size_t) override { return enter(true); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool key(std::string& name) override {
    Level& level = levels_.back();
    const bool known = !level.keys.insert(name).second;
    level.key = name;
    if (known) complain("is given more than once; keep one");
    if (name.find('\0') != std::string::npos) {
      complain("the member's name holds a NUL byte");
    }
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    // The library's text begins with "[json.exception.parse_error.101] ".
    std::string_view text = error.what();
    const std::size_t end = text.find("] ");
    if (end != std::string_view::npos) text.remove_prefix(end + 2);
    complaints_.push_back({pointer(), "not JSON, at byte " +
                                          std::to_string(position) + ": " +
                                          std::string(text.substr(0, 300))});
    return false;
  }

 private:
  struct Level {
    bool is_array = false;
    std::size_t index = 0;  ///< Of the next element.
    std::string key;
    std::set<std::string> keys;
  };

  bool value() {
    if (!levels_.empty() && levels_.back().is_array) ++levels_.back().index;
    return true;
  }
  bool enter(bool is_array) {
    value();
    if (levels_.size() == kMaxConfigDepth) {
      complaints_.push_back({"", "nested deeper than " +
                                     std::to_string(kMaxConfigDepth) +
                                     " levels"});
      return false;
    }
    levels_.push_back(Level{is_array, 0, {}, {}});
    return true;
  }
  bool leave() {
    levels_.pop_back();
    return true;
  }
  [[nodiscard]] std::string pointer() const {
    std::string result;
    for (const Level& level : levels_) {
      if (level.is_array) {
        if (level.index > 0) result += "/" + std::to_string(level.index - 1);
      } else if (!level.keys.empty()) {
        result += "/" + escaped(level.key);
      }
    }
    return result;
  }
  void complain(std::string text) {
    complaints_.push_back({pointer(), std::move(text)});
  }

  Complaints& complaints_;
  std::vector<Level> levels_;
};

}  // namespace

std::string escaped(std::string_view member) {
  constexpr std::size_t kShown = 200;
  std::string result;
  for (const char c : member.substr(0, kShown)) {
    if (c == '~') {
      result += "~0";
    } else if (c == '/') {
      result += "~1";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      result += '?';
    } else {
      result += c;
    }
  }
  if (member.size() > kShown) result += "…";
  return result;
}

std::optional<json> read_json(std::string_view text, Complaints& complaints) {
  if (text.size() > kMaxConfigBytes) {
    complaints.push_back({"", std::to_string(text.size()) + " bytes; at most " +
                                  std::to_string(kMaxConfigBytes) +
                                  " are read"});
    return std::nullopt;
  }
  Inspector inspector(complaints);
  if (!json::sax_parse(text.begin(), text.end(), &inspector) ||
      !complaints.empty()) {
    return std::nullopt;
  }
  json tree = json::parse(text.begin(), text.end(), nullptr, false);
  if (tree.is_discarded()) {
    complaints.push_back({"", "not JSON"});
    return std::nullopt;
  }
  return tree;
}

}  // namespace bulkhead::oci
