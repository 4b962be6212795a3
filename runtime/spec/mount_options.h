// Mount options as words: those of the OCI config and of the flags.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/spec/spec.h"

namespace bulkhead {

/// The kind that a file system type names; "bind" is kBind.
[[nodiscard]] std::optional<MountKind> mount_kind_named(std::string_view type);
[[nodiscard]] std::string_view name_of(MountKind kind);

/// Why an option cannot be written into a mount.
struct OptionProblem {
  std::string text;              ///< Empty: it can.
  bool not_implemented = false;  ///< It may be right, and is not done here.
  [[nodiscard]] bool empty() const { return text.empty(); }
};

/// Writes `option` ("ro", "size=64m", …) into `mount`. Returns why it cannot:
/// empty when done. Options that cannot change isolation (relatime, …) are
/// taken without a trace.
[[nodiscard]] OptionProblem apply_mount_option(std::string_view option,
                                               Mount& mount);

/// The options that make `mount` again, every flag spelled out.
[[nodiscard]] std::vector<std::string> mount_options(const Mount& mount);

/// "64M" is 67108864: suffixes k m g t in either case, times 1024 each.
[[nodiscard]] std::optional<std::uint64_t> size_named(std::string_view text);

/// A number in `base`, the whole of `text`.
[[nodiscard]] std::optional<std::uint64_t> number_named(std::string_view text,
                                                        int base = 10);

}  // namespace bulkhead
