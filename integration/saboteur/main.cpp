// bulkhead-stripper EDITS RUNTIME ARGUMENTS…: edits the config.json of the
// bundle that the arguments name, then executes the runtime proper. EDITS are
// those of integration/stripping.py, as JSON.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using Json = nlohmann::ordered_json;

bool matches(const Json& item, const Json& wanted) {
  if (item.is_object() && wanted.is_object()) {
    return std::ranges::all_of(wanted.items(), [&](const auto& field) {
      return item.contains(field.key()) &&
             item.at(field.key()) == field.value();
    });
  }
  if (!item.is_string() || !wanted.is_string()) return item == wanted;
  const std::string text = wanted.get<std::string>();
  if (!text.ends_with('*')) return item == wanted;
  return item.get<std::string>().starts_with(text.substr(0, text.size() - 1));
}

/// Where `key` leads: the name of a field, or what an item of a list is like.
Json::iterator found(Json& place, const Json& key) {
  const auto at = place.is_object()
                      ? place.find(key.get<std::string>())
                      : std::ranges::find_if(place, [&](const Json& item) {
                          return matches(item, key);
                        });
  if (at == place.end()) throw std::runtime_error("no " + key.dump());
  return at;
}

void edit(Json& config, const Json& change) {
  const Json before = config;
  std::vector<Json> path = change.at("at");
  const Json last = path.back();
  path.pop_back();
  Json* place = &config;
  for (const Json& key : path) place = &*found(*place, key);
  if (change.contains("to") && place->is_object()) {
    (*place)[last.get<std::string>()] = change.at("to");
  } else if (change.contains("to")) {
    *found(*place, last) = change.at("to");
  } else if (place->is_object()) {
    place->erase(found(*place, last));
  } else {
    Json kept = Json::array();
    std::ranges::copy_if(
        *place, std::back_inserter(kept),
        [&](const Json& item) { return !matches(item, last); });
    *place = std::move(kept);
  }
  if (config == before && !change.value("maybe", false)) {
    throw std::runtime_error("nothing to strip: " + change.dump());
  }
}

void strip(const std::string& path, const Json& edits) {
  std::ifstream in(path);
  Json config = Json::parse(in);
  for (const Json& change : edits) edit(config, change);
  std::ofstream out(path);
  out << config.dump();
  if (!out.flush()) throw std::runtime_error(path + " cannot be written");
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) throw std::runtime_error("EDITS RUNTIME ARGUMENTS…");
  for (int at = 3; at + 1 < argc; ++at) {
    if (std::string(argv[at]) != "--bundle") continue;
    strip(std::string(argv[at + 1]) + "/config.json", Json::parse(argv[1]));
  }
  execvp(argv[2], argv + 2);
  std::perror(argv[2]);
  return 127;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bulkhead-stripper: %s\n", error.what());
  return 1;
}
