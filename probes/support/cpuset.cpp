#include "probes/support/cpuset.h"

#include "probes/support/text.h"

namespace bulkhead::probes {

namespace {

constexpr unsigned long long kMost = 8191;

// v2 and v1: what the box may use.
constexpr const char* kCpusetPlaces[] = {"/sys/fs/cgroup/",
                                         "/sys/fs/cgroup/cpuset/"};

}  // namespace

std::set<unsigned> listed(const std::string& text) {
  std::set<unsigned> numbers;
  for (const std::string& range : split(text, ',')) {
    const std::size_t dash = range.find('-');
    const auto first = number(range.substr(0, dash));
    const auto last =
        dash == std::string::npos ? first : number(range.substr(dash + 1));
    if (!first || !last || *last > kMost) return {};
    for (auto one = *first; one <= *last; ++one) {
      numbers.insert(static_cast<unsigned>(one));
    }
  }
  return numbers;
}

bool plant_set(Outside& outside, const std::string& file) {
  if (!outside.spec(file).empty()) return true;
  std::string has;
  for (const char* place : kCpusetPlaces) {
    for (const char* ending : {".effective", ""}) {
      const auto text = slurp(place + file + ending);
      if (text && has.empty()) has = text->substr(0, text->find('\n'));
    }
  }
  if (has.empty()) {
    outside.tell("lacks", "no cgroup here says " + file);
  } else if (listed(has).size() < 2) {
    outside.tell("lacks", "there is one only to keep to: " + file + " " + has);
  }
  return true;
}

std::set<unsigned> declared_set(const Inside& inside, const std::string& file,
                                Observation& why) {
  const std::string lacks = inside.planted("lacks");
  std::set<unsigned> declared = listed(inside.spec(file));
  if (declared.empty()) {
    why = lacks.empty() ? fact_missing(file) : absent(lacks);
  }
  return declared;
}

}  // namespace bulkhead::probes
