// The directory of the box that the spec under test binds into the container.
#pragma once

#include <string>

#include "runtime/base/result.h"

namespace bulkhead::verify {

/// Makes `directory`: a mount in a peer group of its own, as a host's mounts
/// are under systemd, writable for everybody, with one more mount at "below".
/// Each holds a file "plain" with the nonce. Unmounting `directory` with
/// MNT_DETACH takes all of it away.
[[nodiscard]] Status build_bind_source(const std::string& directory,
                                       const std::string& nonce);

}  // namespace bulkhead::verify
