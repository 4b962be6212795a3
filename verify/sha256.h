// The digest by which a report names the spec that was asked for.
#pragma once

#include <string>
#include <string_view>

namespace bulkhead::verify {

/// SHA-256 (FIPS 180-4) of `data`, in lower-case hexadecimal.
[[nodiscard]] std::string sha256(std::string_view data);

}  // namespace bulkhead::verify
