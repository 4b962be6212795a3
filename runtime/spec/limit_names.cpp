#include "runtime/spec/limit_names.h"

#include <bit>

#include "runtime/spec/mount_options.h"

namespace bulkhead {

std::optional<std::uint64_t> hugepage_bytes(std::string_view text) {
  constexpr std::uint64_t kMost = 1ULL << 40;
  // The kernel says 1GB, never 1024MB: another spelling is another file.
  if (!text.ends_with('B')) return std::nullopt;
  const std::string_view size = text.substr(0, text.size() - 1);
  if (size.empty() ||
      std::string_view("KMG").find(size.back()) == std::string_view::npos) {
    return std::nullopt;
  }
  const auto bytes = size_named(size);
  if (!bytes || *bytes > kMost || !std::has_single_bit(*bytes) ||
      hugepage_name(*bytes) != text) {
    return std::nullopt;
  }
  return bytes;
}

std::string hugepage_name(std::uint64_t bytes) {
  if (bytes >= 1ULL << 30) return std::to_string(bytes >> 30) + "GB";
  if (bytes >= 1ULL << 20) return std::to_string(bytes >> 20) + "MB";
  return std::to_string(bytes >> 10) + "KB";
}

}  // namespace bulkhead
