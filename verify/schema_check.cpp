#include "verify/schema_check.h"

#include <fmt/format.h>
#include <regex.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>

#include "verify/visible.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;
using Pointer = json::json_pointer;
using Violations = std::vector<Violation>;

constexpr std::size_t kMostShownBytes = 60;

std::string shown(const json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array";
  return visible(value.dump(-1, ' ', false, json::error_handler_t::replace),
                 kMostShownBytes);
}

std::string shown_all(const json& values) {
  std::string text;
  for (const json& value : values) {
    text += (text.empty() ? "" : ", ") + shown(value);
  }
  return text;
}

bool is_of_type(const json& value, const std::string& name) {
  if (name == "object") return value.is_object();
  if (name == "array") return value.is_array();
  if (name == "string") return value.is_string();
  if (name == "integer") return value.is_number_integer();
  if (name == "number") return value.is_number();
  if (name == "boolean") return value.is_boolean();
  if (name == "null") return value.is_null();
  throw std::logic_error("schema: unknown type " + name);
}

/// Whether `schema` is about values of this type.
bool is_of_kind(const json& schema, const json& value) {
  const auto type = schema.find("type");
  return type == schema.end() || !type->is_string() ||
         is_of_type(value, type->get<std::string>());
}

/// POSIX's, as std::regex descends once for every byte of a hostile text.
class Pattern {
 public:
  explicit Pattern(const std::string& text) {
    if (regcomp(&compiled_, text.c_str(), REG_EXTENDED | REG_NOSUB) != 0) {
      throw std::logic_error("schema: bad pattern " + text);
    }
  }
  ~Pattern() { regfree(&compiled_); }
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  [[nodiscard]] bool matches(const std::string& text) const {
    // A NUL is a byte of the text, and not its end.
    regmatch_t whole{0, static_cast<regoff_t>(text.size())};
    return regexec(&compiled_, text.data(), 1, &whole, REG_STARTEND) == 0;
  }

 private:
  regex_t compiled_{};
};

class Checker {
 public:
  explicit Checker(const json& root) : root_(root) {}

  Violations check(const json& schema, const json& value,
                   const Pointer& where) {
    Violations found;
    for (const auto& [word, wanted] : schema.items()) {
      one_word(word, wanted, schema, value, where, found);
    }
    return found;
  }

 private:
  /// One word of the schema; what it is silent about it allows.
  void one_word(const std::string& word, const json& wanted, const json& schema,
                const json& value, const Pointer& where, Violations& found) {
    static const std::set<std::string> kSilent = {
        "$schema", "title", "description", "$defs", "then", "else"};
    if (kSilent.contains(word)) return;
    if (word == "$ref") {
      const std::string target = wanted.get<std::string>().substr(1);
      append(found, check(root_.at(Pointer(target)), value, where));
    } else if (word == "type" || word == "const" || word == "enum") {
      identity(word, wanted, value, where, found);
    } else if (word == "oneOf" || word == "anyOf") {
      append(found, alternatives(wanted, value, where));
    } else if (word == "allOf") {
      for (const json& part : wanted) append(found, check(part, value, where));
    } else if (word == "if") {
      const char* branch =
          check(wanted, value, where).empty() ? "then" : "else";
      if (schema.contains(branch)) {
        append(found, check(schema[branch], value, where));
      }
    } else if (!text_or_number(word, wanted, value, where, found) &&
               !list(word, wanted, value, where, found) &&
               !object(word, wanted, schema, value, where, found)) {
      throw std::logic_error("schema: unknown word " + word);
    }
  }

  static void identity(const std::string& word, const json& wanted,
                       const json& value, const Pointer& where,
                       Violations& found) {
    const auto add = [&](const std::string& right) {
      found.push_back(
          {where, fmt::format("is {}, where {} belongs", shown(value), right)});
    };
    if (word == "type") {
      const json types = wanted.is_array() ? wanted : json::array({wanted});
      if (std::ranges::none_of(types, [&](const json& type) {
            return is_of_type(value, type.get<std::string>());
          })) {
        add("the type " +
            fmt::format("{}", fmt::join(types.get<std::vector<std::string>>(),
                                        " or ")));
      }
    } else if (word == "const") {
      if (value != wanted) add(shown(wanted));
    } else if (std::ranges::find(wanted, value) == wanted.end()) {
      add("one of " + shown_all(wanted));
    }
  }

  /// None: what the likeliest of them would have wanted.
  Violations alternatives(const json& schemas, const json& value,
                          const Pointer& where) {
    Violations likeliest;
    bool likeliest_fits = false;
    for (const json& schema : schemas) {
      Violations found = check(schema, value, where);
      if (found.empty()) return {};
      const bool fits = is_of_kind(schema, value);
      if (likeliest.empty() || (fits && !likeliest_fits) ||
          (fits == likeliest_fits && found.size() < likeliest.size())) {
        likeliest = std::move(found);
        likeliest_fits = fits;
      }
    }
    return likeliest;
  }

  bool text_or_number(const std::string& word, const json& wanted,
                      const json& value, const Pointer& where,
                      Violations& found) {
    if (word == "minimum") {
      if (value.is_number() && value < wanted) {
        found.push_back({where, fmt::format("is {}, where at least {} belongs",
                                            shown(value), shown(wanted))});
      }
    } else if (word == "minLength") {
      if (value.is_string() &&
          value.get_ref<const std::string&>().size() < wanted) {
        found.push_back({where, "is empty"});
      }
    } else if (word == "pattern") {
      if (value.is_string() &&
          !pattern(wanted).matches(value.get_ref<const std::string&>())) {
        found.push_back({where, fmt::format("is {}, where a text like {} "
                                            "belongs",
                                            shown(value), shown(wanted))});
      }
    } else {
      return false;
    }
    return true;
  }

  bool list(const std::string& word, const json& wanted, const json& value,
            const Pointer& where, Violations& found) {
    if (word == "items") {
      for (std::size_t i = 0; value.is_array() && i < value.size(); ++i) {
        append(found, check(wanted, value[i], where / i));
      }
    } else if (word == "minItems") {
      if (value.is_array() && value.size() < wanted) {
        found.push_back({where, fmt::format("has {} entries, where at least {} "
                                            "belong",
                                            value.size(), shown(wanted))});
      }
    } else if (word == "uniqueItems") {
      if (value.is_array() &&
          std::set<json>(value.begin(), value.end()).size() != value.size()) {
        found.push_back({where, "says the same thing twice"});
      }
    } else {
      return false;
    }
    return true;
  }

  bool object(const std::string& word, const json& wanted, const json& schema,
              const json& value, const Pointer& where, Violations& found) {
    if (word == "required") {
      for (const json& name : wanted) {
        if (!value.is_object() || value.contains(name.get<std::string>())) {
          continue;
        }
        found.push_back({where, "has no " + shown(name)});
      }
    } else if (word == "properties") {
      for (const auto& [name, part] : wanted.items()) {
        if (!value.is_object() || !value.contains(name)) continue;
        append(found, check(part, value[name], where / name));
      }
    } else if (word == "additionalProperties" && wanted == false) {
      for (const auto& [name, part] : value.items()) {
        if (!value.is_object() || schema["properties"].contains(name)) continue;
        found.push_back({where, fmt::format("has {}, of which this program "
                                            "knows nothing",
                                            shown(json(name)))});
      }
    } else {
      return false;
    }
    return true;
  }

  static void append(Violations& to, Violations from) {
    std::ranges::move(from, std::back_inserter(to));
  }

  const Pattern& pattern(const json& text) {
    auto& compiled = patterns_[text.get<std::string>()];
    if (!compiled)
      compiled = std::make_unique<Pattern>(text.get<std::string>());
    return *compiled;
  }

  const json& root_;
  std::map<std::string, std::unique_ptr<Pattern>> patterns_;
};

}  // namespace

std::string Violation::message() const {
  const std::string place = where.to_string();
  return (place.empty() ? "it" : visible(place)) + " " + what;
}

const Violation& most_telling(const std::vector<Violation>& wrong) {
  const Pointer name = Pointer() / "schema";
  const auto found = std::ranges::find(wrong, name, &Violation::where);
  return found == wrong.end() ? wrong.front() : *found;
}

std::vector<Violation> violations_of(const json& root, const json& schema,
                                     const json& value) {
  return Checker(root).check(schema, value, Pointer());
}

}  // namespace bulkhead::verify
