#include "probes/support/trap.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes {
namespace {

namespace fs = std::filesystem;

// What a start writes to by path, if it takes the tree for /proc or /dev.
constexpr std::string_view kFiles[] = {
    "null",          "console",
    "keys",          "self/attr/exec",
    "self/uid_map",  "self/oom_score_adj",
    "self/fd/plain", "sys/net/ipv4/ip_default_ttl"};

// Whoever creates something in there must not be kept out by permissions.
bool make_tree(const std::string& tree, const std::string& nonce) {
  for (const std::string_view file : kFiles) {
    const std::string path = tree + "/" + std::string(file);
    fs::create_directories(fs::path(path).parent_path());
    if (!spill(path, "untouched\n", 0666)) return false;
  }
  if (!spill(tree + "/canary", nonce + "\n", 0666)) return false;
  if (chmod(tree.c_str(), 0777) != 0) return false;
  for (const auto& entry : fs::recursive_directory_iterator(tree)) {
    if (entry.is_directory() && chmod(entry.path().c_str(), 0777) != 0) {
      return false;
    }
  }
  return true;
}

// A line for everything below: name, kind and mode, owner, content.
std::set<std::string> listing(const std::string& tree) {
  std::set<std::string> lines;
  for (const auto& entry : fs::recursive_directory_iterator(tree)) {
    struct stat status {};
    if (lstat(entry.path().c_str(), &status) != 0) continue;
    std::string line = entry.path().string().substr(tree.size()) + " " +
                       std::to_string(status.st_mode) + " " +
                       std::to_string(status.st_uid) + ":" +
                       std::to_string(status.st_gid) + " ";
    if (S_ISREG(status.st_mode)) line += slurp(entry.path(), 4096).value_or("");
    std::ranges::replace(line, '\n', ' ');
    lines.insert(std::move(line));
  }
  return lines;
}

std::string tree_of(const Outside& outside) {
  return outside.directory() + "/tree";
}

// The type of the mount that `path` leads to; empty: none is mounted there.
std::string mounted_at(const std::vector<MountLine>& table,
                       const std::string& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error) return {};
  std::string type;
  for (const MountLine& mount : table) {
    if (mount.mount_point == real) type = mount.type;  // The last is on top.
  }
  return type;
}

bool is_below(const std::string& path, std::string_view directory) {
  return path.starts_with(std::string(directory) + "/") || path == directory;
}

void look_for_mounts(const Inside& inside, std::string_view trap,
                     const std::vector<MountLine>& table, Tally& tally) {
  for (const std::string& line : split(inside.spec("mounts"), ';')) {
    const auto words = split(line, ':');
    if (words.size() < 2 || !is_below(words[0], trap)) continue;
    const std::string type = mounted_at(table, words[0]);
    tally.add(words[0], type.empty() ? reached("nothing is mounted there")
                                     : refused(0, type));
  }
}

void look_for_covers(const Inside& inside, std::string_view trap,
                     const std::vector<MountLine>& table, Tally& tally) {
  for (const char* fact : {"masked", "readonly"}) {
    for (const std::string& path : split(inside.spec(fact), ':')) {
      if (!is_below(path, trap) || access(path.c_str(), F_OK) != 0) continue;
      tally.add(path, mounted_at(table, path).empty() ? reached("not covered")
                                                      : refused(0, "covered"));
    }
  }
}

}  // namespace

bool plant_traps(Outside& outside, std::span<const Trap> traps) {
  const std::string tree = tree_of(outside);
  if (!make_tree(tree, outside.nonce())) return false;
  outside.tell("canary", tree + "/canary");
  std::string before;
  for (const std::string& line : listing(tree)) before += line + "\n";
  outside.tell("before", before);
  for (const Trap& trap : traps) {
    const std::string path = outside.spec("rootfs") + std::string(trap.path);
    const std::string target =
        (trap.relative ? far_up() : "") + tree + "/" + std::string(trap.target);
    fs::remove_all(path);
    if (symlink(target.c_str(), path.c_str()) != 0) return false;
  }
  return true;
}

Observation inspect_traps(Outside& outside) {
  std::set<std::string> now = listing(tree_of(outside));
  for (const std::string& line : split(outside.told("before"), '\n')) {
    if (now.erase(line) == 0) return reached("changed or gone: " + line);
  }
  return now.empty() ? refused(0, "nothing changed where the links lead")
                     : reached("new where the links lead: " + *now.begin());
}

void remove_traps(Outside& outside) {
  std::error_code ignored;
  fs::remove_all(tree_of(outside), ignored);
}

Observation led_astray(Inside& inside, std::span<const Trap> traps) {
  const std::string canary = inside.planted("canary");
  if (canary.empty()) return broken("no planted canary");
  if (slurp(canary, 64).value_or("").starts_with(inside.nonce())) {
    return reached("what the links lead to is the host's");
  }
  const auto table = mount_table();
  if (table.empty()) return reached("there is no /proc");
  Tally tally;
  for (const Trap& trap : traps) {
    const std::string through = std::string(trap.path) + "/canary";
    tally.add(through,
              slurp(through, 64).value_or("").starts_with(inside.nonce())
                  ? reached("the host's file")
                  : refused(ENOENT, "not the host's"));
    look_for_mounts(inside, trap.path, table, tally);
    look_for_covers(inside, trap.path, table, tally);
  }
  return tally.result();
}

Observation read_own_image(Inside& inside) {
  const std::string path = inside.spec("root") + "/fixtures/plain";
  return slurp(path, 64).value_or("").starts_with(inside.nonce())
             ? works("the image's own file can be read")
             : broken(path + ": " + errno_name(errno));
}

}  // namespace bulkhead::probes
