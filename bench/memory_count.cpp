#include "bench/memory_count.h"

#include <cstdlib>
#include <sstream>

#include "runtime/base/file.h"

namespace bulkhead::bench {
namespace {

/// kB that are charged to the box's cgroup; 0 where nobody counts.
double charged_kb(const verify::BoxFacts& box) {
  constexpr double kBytesPerKb = 1024;
  for (const std::string& root : box.cgroup_roots) {
    for (const char* file : {"/memory.usage_in_bytes", "/memory.current"}) {
      const auto text = read_file(root + file);
      if (text) return std::strtod(text->c_str(), nullptr) / kBytesPerKb;
    }
  }
  return 0;
}

/// The slopes between neighbours: each is one sample of what one costs.
Sample cost_of_each(const Sample& live, const Sample& kb) {
  Sample found;
  for (std::size_t i = 1; i < live.size(); ++i) {
    found.push_back((kb[i] - kb[i - 1]) / (live[i] - live[i - 1]));
  }
  return found;
}

}  // namespace

MemoryCount::KernelKb MemoryCount::kernel_kb() {
  std::istringstream lines(read_file("/proc/meminfo").value_or(std::string()));
  KernelKb parts{};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    double kb = 0;
    words >> name >> kb;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (name == std::string(kKernelParts[i]) + ":") parts[i] = kb;
    }
  }
  return parts;
}

void MemoryCount::take(const verify::BoxFacts& box, int live) {
  live_.push_back(live);
  kernel_.push_back(kernel_kb());
  charged_.push_back(charged_kb(box));
}

Group MemoryCount::group() const {
  Group group{.name = "scale/memory",
              .title =
                  "Memory of one live, idle container; what else changed "
                  "on the machine meanwhile is in it",
              .metric = "value",
              .unit = "kB"};
  const auto add = [&](const std::string& name, const std::string& about,
                       const Sample& kb) {
    Row row{.name = name, .about = about};
    if (live_.size() < 2) {
      row.error = "too few containers lived: see scale/live";
    } else {
      row.samples["value"] = cost_of_each(live_, kb);
    }
    group.rows.push_back(std::move(row));
  };
  Sample whole(live_.size(), 0);
  for (std::size_t part = 0; part < kKernelParts.size(); ++part) {
    Sample kb;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      kb.push_back(kernel_[i][part]);
      whole[i] += kb.back();
    }
    add(kKernelParts[part], "of /proc/meminfo", kb);
  }
  add("kernel, whole machine", "the sum of the lines above", whole);
  add("charged to the cgroup", "what the memory controller counts of it",
      charged_);
  return group;
}

}  // namespace bulkhead::bench
