#include "cli/late.h"

// CMakeLists.txt links everything late into one object and calls its
// .init_array so. Where it does not (sanitizers), the loader has run it.
extern "C" {
using Constructor = void (*)();
[[gnu::weak,
  gnu::visibility(
      "hidden")]] extern const Constructor __start_bulkhead_late_init[];
[[gnu::weak,
  gnu::visibility(
      "hidden")]] extern const Constructor __stop_bulkhead_late_init[];
}

namespace bulkhead::cli {

void initialise_late() {
  for (const Constructor* one = __start_bulkhead_late_init;
       one != __stop_bulkhead_late_init; ++one) {
    (*one)();
  }
}

}  // namespace bulkhead::cli
