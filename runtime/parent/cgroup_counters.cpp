// What the kernel counted in a cgroup.
#include <algorithm>
#include <string_view>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/parent/cgroup.h"

namespace bulkhead {
namespace {

/// What one hierarchy counts, in which of its files.
struct Counter {
  const char* controller;  ///< "": v2.
  const char* name;
  const char* file;
  const char* key;
};

constexpr Counter kCounters[] = {
    {"", "memory_peak_bytes", "memory.peak", ""},
    {"", "oom_kills", "memory.events", "oom_kill"},
    {"", "pids_peak", "pids.peak", ""},
    {"", "pids_refused", "pids.events", "max"},
    {"", "cpu_usage_us", "cpu.stat", "usage_usec"},
    {"", "cpu_throttled", "cpu.stat", "nr_throttled"},
    {"memory", "memory_peak_bytes", "memory.max_usage_in_bytes", ""},
    {"memory", "oom_kills", "memory.oom_control", "oom_kill"},
    {"pids", "pids_peak", "pids.peak", ""},
    {"pids", "pids_refused", "pids.events", "max"},
    {"cpu", "cpu_throttled", "cpu.stat", "nr_throttled"},
};

/// The number behind `key` in a flat-keyed file, or the file's only number.
bool read_number(const std::string& path, const std::string& key,
                 std::uint64_t* number) {
  const Result<std::string> text = read_file(path);
  if (!text) return false;
  const std::vector<std::string_view> words = words_of(*text);
  auto word = words.begin();
  if (!key.empty()) {
    word = std::ranges::find(words, key);
    if (word != words.end()) ++word;
  }
  if (word == words.end()) return false;
  const auto found = number_in<std::uint64_t>(*word);
  if (found) *number = *found;
  return found.has_value();
}

}  // namespace

std::map<std::string, std::uint64_t> Cgroup::counters() const {
  std::map<std::string, std::uint64_t> result;
  for (const Directory& directory : directories_) {
    for (const Counter& counter : kCounters) {
      std::uint64_t number = 0;
      if (counter.controller == directory.controller &&
          read_number(directory.path + "/" + counter.file, counter.key,
                      &number)) {
        result.emplace(counter.name, number);
      }
    }
  }
  return result;
}

}  // namespace bulkhead
