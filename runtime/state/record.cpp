#include "runtime/state/record.h"

#include <algorithm>
#include <array>
#include <optional>

#include "runtime/base/text.h"

namespace bulkhead {
namespace {

constexpr std::string_view kVersion = "bulkhead.record/1";
constexpr std::array<std::string_view, 4> kWords = {"tree", "numbered",
                                                    "parent", "controllers"};

std::optional<IntentKind> kind_named(std::string_view word) {
  const auto* const found = std::ranges::find(kWords, word);
  if (found == kWords.end()) return {};
  return static_cast<IntentKind>(found - kWords.begin());
}

std::optional<Supervisor> supervisor_in(
    const std::vector<std::string_view>& fields) {
  if (fields.size() != 5 || fields[0] != "supervisor") return {};
  const auto pid = number_in<pid_t>(fields[1]);
  const auto start = number_in<std::uint64_t>(fields[2]);
  const auto ns = number_in<std::uint64_t>(fields[3]);
  if (!pid || *pid <= 0 || !start || !ns || fields[4].empty()) return {};
  return Supervisor{*pid, *start, *ns, std::string(fields[4])};
}

/// A path that stays below its root.
bool stays_below(std::string_view path) {
  if (path.starts_with('/')) return false;
  return std::ranges::none_of(split(path, '/'), [](std::string_view part) {
    return part.empty() || part == "." || part == "..";
  });
}

std::optional<Intent> intent_in(const std::vector<std::string_view>& fields) {
  if (fields.size() < 4) return {};
  const auto kind = kind_named(fields[0]);
  const std::vector<std::string_view> id = split(fields[1], ':');
  if (!kind || id.size() != 2 || !fields[2].starts_with('/')) return {};
  const auto device = number_in<std::uint64_t>(id[0]);
  const auto inode = number_in<std::uint64_t>(id[1]);
  const bool names = *kind == IntentKind::kControllers;
  // The root itself is never a container's.
  if (!device || !inode || !stays_below(fields[3]) ||
      (fields[3].empty() && !names) || fields.size() != (names ? 5U : 4U)) {
    return {};
  }
  return Intent{*kind,
                std::string(fields[2]),
                *device,
                *inode,
                std::string(fields[3]),
                names ? std::string(fields[4]) : std::string()};
}

}  // namespace

std::string record_name(const Supervisor& supervisor) {
  return std::to_string(supervisor.pid) + "." +
         std::to_string(supervisor.start_time) + "." +
         std::to_string(supervisor.pid_namespace);
}

std::string record_head(const Supervisor& supervisor) {
  return std::string(kVersion) + "\nsupervisor\t" +
         std::to_string(supervisor.pid) + "\t" +
         std::to_string(supervisor.start_time) + "\t" +
         std::to_string(supervisor.pid_namespace) + "\t" + supervisor.boot_id +
         "\n";
}

Result<std::string> record_line(const Intent& intent) {
  for (const std::string* name : {&intent.root, &intent.path}) {
    if (name->find_first_of("\t\n") != std::string::npos) {
      return fail("cgroup: " + *name + " holds a tab or a line end", 0,
                  "choose a name without", ErrorKind::kUsage);
    }
  }
  std::string line(kWords[static_cast<std::size_t>(intent.kind)]);
  line += "\t" + std::to_string(intent.root_device) + ":" +
          std::to_string(intent.root_inode) + "\t" + intent.root + "\t" +
          intent.path;
  if (intent.kind == IntentKind::kControllers)
    line += "\t" + intent.controllers;
  // What gc could not read would stand in its way for ever.
  if (!intent_in(split(line, '\t'))) {
    return fail("cgroup: the record takes no \"" + line + "\"");
  }
  return line + "\n";
}

Result<Record> parse_record(std::string_view text) {
  const std::size_t end = text.rfind('\n');
  if (end == std::string_view::npos) return fail("not a record");
  const std::vector<std::string_view> lines =
      split(text.substr(0, end + 1), '\n');
  if (lines.size() < 2 || lines[0] != kVersion) {
    return fail("does not begin with " + std::string(kVersion) +
                " and its supervisor");
  }
  const auto supervisor = supervisor_in(split(lines[1], '\t'));
  if (!supervisor) return fail("line 2 names no supervisor");
  Record record{*supervisor, {}};
  for (std::size_t i = 2; i < lines.size(); ++i) {
    auto intent = intent_in(split(lines[i], '\t'));
    if (!intent) {
      return fail("line " + std::to_string(i + 1) + " is no intent");
    }
    record.intents.push_back(std::move(*intent));
  }
  return record;
}

bool is_numbered(const Intent& intent, std::string_view name) {
  const std::size_t slash = intent.path.rfind('/');
  const std::string prefix =
      intent.path.substr(slash == std::string::npos ? 0 : slash + 1) + "-";
  if (intent.kind != IntentKind::kNumbered || !name.starts_with(prefix)) {
    return false;
  }
  const std::string_view number = name.substr(prefix.size());
  return !number.empty() && std::ranges::all_of(number, [](char digit) {
    return digit >= '0' && digit <= '9';
  });
}

}  // namespace bulkhead
