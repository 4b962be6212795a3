#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "runtime/spec/flags_problems.h"
#include "runtime/spec/limit_names.h"
#include "runtime/spec/mount_options.h"

namespace bulkhead::flags {
namespace {

constexpr std::string_view kIoWanted =
    "a disk and limits above 0 are wanted, such as /dev/sda:rbps=1M,wiops=100 "
    "or 8:0:rbps=1M";

/// The numbers of a disk named "8:0" or by its node, into `limit`.
bool find_disk(const std::string& name, IoLimit& limit) {
  const std::size_t colon = name.find(':');
  const auto major = number_named(name.substr(0, colon));
  const auto minor = colon == std::string::npos
                         ? std::nullopt
                         : number_named(name.substr(colon + 1));
  if (major && minor && *major <= 0xffffffff && *minor <= 0xffffffff) {
    limit.major = static_cast<std::uint32_t>(*major);
    limit.minor = static_cast<std::uint32_t>(*minor);
    return true;
  }
  struct stat status {};
  if (stat(name.c_str(), &status) != 0 || !S_ISBLK(status.st_mode)) {
    return false;
  }
  limit.major = gnu_dev_major(status.st_rdev);
  limit.minor = gnu_dev_minor(status.st_rdev);
  return true;
}

/// One KEY=RATE.
bool read_rate(std::string_view text, IoLimit& limit) {
  const std::size_t equals = text.find('=');
  const auto key =
      std::find(kIoKeys.begin(), kIoKeys.end(), text.substr(0, equals));
  if (key == kIoKeys.end() || equals == std::string_view::npos) return false;
  const auto rate = size_named(text.substr(equals + 1));
  if (!rate || *rate == 0) return false;
  limit.kind = static_cast<IoKind>(key - kIoKeys.begin());
  limit.rate = *rate;
  return true;
}

bool read_io(const std::string& value, std::vector<IoLimit>& io) {
  // No key holds a colon, and a disk's numbers do.
  const std::size_t colon = value.rfind(':');
  IoLimit limit;
  if (colon == std::string::npos || !find_disk(value.substr(0, colon), limit)) {
    return false;
  }
  std::string_view rest = std::string_view(value).substr(colon + 1);
  while (true) {
    const std::size_t comma = rest.find(',');
    if (!read_rate(rest.substr(0, comma), limit)) return false;
    io.push_back(limit);
    if (comma == std::string_view::npos) return true;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace

void apply_limits(const SpecFlags& flags, Spec& spec, Problems& problems) {
  for (const std::string& value : flags.io_max) {
    if (!read_io(value, spec.resources.io)) {
      problems.add("--io-max", value, kIoWanted);
    }
  }
  for (const std::string& value : flags.hugetlb) {
    const std::size_t equals = value.find('=');
    const std::string page = value.substr(0, equals);
    const auto bytes = equals == std::string::npos
                           ? std::nullopt
                           : size_named(value.substr(equals + 1));
    if (!hugepage_bytes(page) || !bytes) {
      problems.add("--hugetlb", value,
                   "a huge page and a size are wanted, such as 2MB=64M");
      continue;
    }
    spec.resources.hugepages.push_back({page, *bytes});
  }
}

}  // namespace bulkhead::flags
