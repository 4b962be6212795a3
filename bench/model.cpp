#include "bench/model.h"

#include <algorithm>

namespace bulkhead::bench {

const Row* Group::find(const std::string& row) const {
  const auto found = std::ranges::find(rows, row, &Row::name);
  return found == rows.end() ? nullptr : &*found;
}

const Group* Figures::find(const std::string& group) const {
  const auto found = std::ranges::find(groups, group, &Group::name);
  return found == groups.end() ? nullptr : &*found;
}

const Sample* Figures::samples(const std::string& group, const std::string& row,
                               const std::string& metric) const {
  const Group* const in = find(group);
  const Row* const of = in == nullptr ? nullptr : in->find(row);
  if (of == nullptr || !of->error.empty()) return nullptr;
  const auto found = of->samples.find(metric);
  if (found == of->samples.end() || found->second.empty()) return nullptr;
  return &found->second;
}

}  // namespace bulkhead::bench
