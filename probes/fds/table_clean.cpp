// The caller left a file open for whoever it starts.
#include <fcntl.h>

#include "probes/support/canary.h"
#include "probes/support/inherited.h"

namespace bulkhead::probes::fds_table_clean {
namespace {

Observation attempt(Inside& inside) {
  const std::vector<int> extra = inherited(inside);
  if (extra.empty()) return refused(0, "nothing above 2 was inherited");
  std::string text = std::to_string(extra.size()) + " inherited:";
  for (const int fd : extra) text += " " + describe(fd);
  return reached(text);
}

bool plant(Outside& outside) {
  return plant_file(outside, "decoy", 0644) &&
         plant_descriptor(outside, outside.told("path"), O_RDONLY);
}

void clean(Outside& outside) {
  close_planted(outside);
  remove_file(outside);
}

const Register kProbe{{
    .id = "fds/table-clean",
    .claim = "No descriptor of the caller's but 0, 1 and 2 arrives.",
    .watches = {"fds"},
    .references = {"CVE-2024-21626", "CVE-2016-9962", "close_range(2)"},
    .remedy = "Close every descriptor above 2 before the workload starts.",
    .attempt = attempt,
    .witness = [](Inside&) { return standard_output_open(); },
    .plant = plant,
    .clean = clean,
}};

}  // namespace
}  // namespace bulkhead::probes::fds_table_clean
