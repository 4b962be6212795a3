#include <algorithm>

#include "verify/matrix.h"

namespace bulkhead::verify {
namespace {

ProbeList watching(const ProbeList& probes, Boundary boundary) {
  ProbeList list;
  std::ranges::copy_if(probes, std::back_inserter(list),
                       [&](const probes::Probe* probe) {
                         return watched_by(*probe).contains(boundary);
                       });
  return list;
}

}  // namespace

DepthMatrix make_depth_matrix(Lab& lab, const ProbeList& probes) {
  lab.progress("depth: everything out");
  const HeldByProbe open = lab.run({all_but({}), {}}, probes);
  DepthMatrix matrix;
  std::map<std::string, DepthRow*> rows;
  matrix.probes.reserve(probes.size());
  for (const probes::Probe* probe : probes) {
    DepthRow row{.probe = probe->id, .watches = probe->watches};
    row.blind = open.at(probe->id) == Held::kUnknown;
    if (open.at(probe->id) == Held::kAbsent) {
      row.exempt = "this kernel has no such feature";
    }
    // A /proc of another pid namespace, say, takes one of the two.
    if (open.at(probe->id) == Held::kContained) {
      row.exempt = "with everything out nothing is foreign to it";
    }
    matrix.probes.push_back(std::move(row));
    rows[probe->id] = &matrix.probes.back();
  }
  for (std::size_t i = 0; i < kBoundaryNames.size(); ++i) {
    const auto boundary = static_cast<Boundary>(i);
    const ProbeList list = watching(probes, boundary);
    if (list.empty()) continue;
    lab.progress("depth: " + std::string(kBoundaryNames[i]) + " alone");
    BoundarySet on = needed_by(boundary);
    // What those it stands on contain is not its own merit.
    const HeldByProbe below = lab.run({all_but(on), {}}, list);
    on.insert(boundary);
    const HeldByProbe with = lab.run({all_but(on), {}}, list);
    for (const probes::Probe* probe : list) {
      if (with.at(probe->id) == Held::kContained &&
          below.at(probe->id) != Held::kContained) {
        rows.at(probe->id)->alone.emplace_back(kBoundaryNames[i]);
      }
    }
  }
  return matrix;
}

}  // namespace bulkhead::verify
