// Our own program, by the address where it is mapped.
#include <fcntl.h>

#include <array>
#include <cstdio>

#include "probes/support/capability.h"
#include "probes/support/ordinary.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_checkpoint_restore {
namespace {

// "START-END" of the first mapping of a file, as map_files names it.
std::string first_mapping() {
  for (const std::string& line :
       split(slurp("/proc/self/maps").value_or(""), '\n')) {
    if (line.find(" /") == std::string::npos) continue;
    unsigned long start = 0;
    unsigned long end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx", &start, &end) != 2) continue;
    std::array<char, 48> name{};
    std::snprintf(name.data(), name.size(), "%lx-%lx", start, end);
    return name.data();
  }
  return {};
}

Observation attempt(Inside&) {
  const std::string mapping = first_mapping();
  if (mapping.empty()) return broken("/proc/self/maps names no file");
  const std::string path = "/proc/self/map_files/" + mapping;
  const Called opened = called(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.ok()) close(static_cast<int>(opened.value));
  return observe(opened, {}, "open " + path);
}

const Register kProbe{{
    .id = "capabilities/checkpoint-restore",
    .claim = "Mapped files cannot be opened by their address.",
    .watches = {"capabilities", "userns"},
    .references = {"capabilities(7) CAP_CHECKPOINT_RESTORE",
                   "proc_pid_map_files(5)", "Linux 5.9"},
    .remedy = "Drop CAP_CHECKPOINT_RESTORE.",
    .attempt = attempt,
    .witness = [](Inside&) { return memory_works(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_checkpoint_restore
