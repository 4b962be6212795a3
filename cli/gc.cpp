// bulkhead gc: what supervisors that died have left behind, removed.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/verbs.h"
#include "runtime/state/collect.h"

namespace bulkhead::cli {
namespace {

constexpr int kRemains = 1;

nlohmann::json to_json(const Collection& collection) {
  nlohmann::json json = {{"schema", "bulkhead.gc/1"},
                         {"state_directory", collection.directory},
                         {"complete", collection.complete()},
                         {"unreadable", collection.unreadable},
                         {"records", nlohmann::json::array()}};
  for (const Collected& one : collection.records) {
    json["records"].push_back(
        {{"name", one.name},
         {"alive", one.alive},
         {"supervisor",
          {{"pid", one.supervisor.pid},
           {"start_time", one.supervisor.start_time},
           {"pid_namespace", one.supervisor.pid_namespace},
           {"boot_id", one.supervisor.boot_id}}},
         {"removed", one.leftovers.removed},
         {"left_to_others", one.leftovers.left_to_others},
         {"remains", one.leftovers.remains}});
  }
  return json;
}

void print(const Collection& collection) {
  std::size_t alive = 0;
  std::size_t dead = 0;
  for (const Collected& one : collection.records) {
    ++(one.alive ? alive : dead);
    for (const std::string& path : one.leftovers.removed) {
      fmt::print("removed  {}\n", path);
    }
    for (const std::string& path : one.leftovers.left_to_others) {
      fmt::print("in use   {}\n", path);
    }
    for (const std::string& what : one.leftovers.remains) {
      fmt::print("remains  {}\n", what);
    }
  }
  for (const std::string& what : collection.unreadable) {
    fmt::print("no record  {}\n", what);
  }
  fmt::print("{} {} of dead supervisors, {} of living ones, in {}\n", dead,
             dead == 1 ? "record" : "records", alive, collection.directory);
}

int gc(const std::string& format) {
  const Result<Collection> collection = collect_all();
  if (!collection) return report(collection.error());
  if (format == "json") {
    // Names of directories may be no UTF-8.
    fmt::print("{}\n", to_json(*collection)
                           .dump(2, ' ', false,
                                 nlohmann::json::error_handler_t::replace));
  } else {
    print(*collection);
  }
  if (fflush(stdout) != 0) return report({"write to stdout", errno});
  return collection->complete() ? 0 : kRemains;
}

}  // namespace

void add_gc(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand(
      "gc",
      "Remove what supervisors that were killed left behind: processes and "
      "cgroups on their records. Also done before every start. Exits 0 when "
      "nothing is left, 1 when something remains");
  const auto format = std::make_shared<std::string>("tty");
  verb->add_option("--format", *format, "tty or json")
      ->check(CLI::IsMember({"tty", "json"}));
  verb->footer(
      "Records are kept in /run/bulkhead/state, for other users than root in "
      "$XDG_RUNTIME_DIR/bulkhead/state, or where $BULKHEAD_STATE_DIR says.");
  verb->callback(
      [format, &action] { action = [format] { return gc(*format); }; });
}

}  // namespace bulkhead::cli
