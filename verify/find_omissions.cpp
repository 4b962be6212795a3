// What a subject does not start with, found by trying.
#include "verify/campaign.h"

namespace bulkhead::verify {

void find_omissions(Subject& subject, const Ground& ground,
                    const BoundarySet& without) {
  if (!subject.takes_omissions() || starts(ground, subject, {without, {}}))
    return;
  bool started = false;
  for (const Omission& omission : omissions()) {
    subject.omitted.push_back(&omission);
    started = starts(ground, subject, {without, {}});
    if (started) break;
  }
  if (!started) {
    subject.omitted.clear();  // It does not start at all: say so with all.
    return;
  }
  for (std::size_t i = 0; i + 1 < subject.omitted.size();) {
    const auto at = subject.omitted.begin() + static_cast<std::ptrdiff_t>(i);
    const Omission* const taken = *at;
    subject.omitted.erase(at);
    if (starts(ground, subject, {without, {}})) continue;
    subject.omitted.insert(
        subject.omitted.begin() + static_cast<std::ptrdiff_t>(i), taken);
    ++i;
  }
}

}  // namespace bulkhead::verify
