// Other runtimes than those that PATH has.
#pragma once

#include <string>

#include "runtime/base/result.h"

namespace bulkhead::bench {

/// A subject out of another userland.
struct OtherPeer {
  std::string name;      ///< As reported: "crun-newest".
  std::string subject;   ///< A name that verify knows: "crun".
  std::string userland;  ///< A directory with a /usr.
};

/// "crun-newest=crun@/path", parsed; the error says what would be right.
[[nodiscard]] Result<OtherPeer> other_peer(const std::string& text);

}  // namespace bulkhead::bench
