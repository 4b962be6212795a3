// Another program, and what it says of itself: `bulkhead-probe ids`.
#pragma once

#include <cstdint>
#include <string>

namespace bulkhead::probes {

/// What `bulkhead-probe ids` printed.
struct Ids {
  bool whole = false;     ///< It ran and said all of it.
  int error = 0;          ///< Why it could not be executed.
  bool was_root = true;   ///< Whether root executed it.
  bool same_user = true;  ///< Whether it runs as the one who executed it.
  std::uint64_t permitted = 0;
  std::string no_new_privs, seccomp;  ///< What prctl(2) answered there.
  std::string text;                   ///< As it stands, for evidence.
};

/// Runs `path ids` in a child; with `as_somebody` the child becomes user 1000
/// first, where it may.
[[nodiscard]] Ids ids_of(const std::string& path, bool as_somebody = false);

}  // namespace bulkhead::probes
