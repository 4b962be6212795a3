#include "cli/request.h"

#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "runtime/base/boundary.h"
#include "runtime/spec/oci.h"
#include "runtime/spec/validate.h"

namespace bulkhead::cli {
namespace {

/// A name that nothing else on this host has.
std::string made_up_id() {
  std::array<unsigned char, 6> bytes{};
  static_cast<void>(getrandom(bytes.data(), bytes.size(), 0));
  std::string id = std::to_string(getpid()) + "-";
  for (const unsigned char byte : bytes) {
    std::array<char, 3> hex;
    snprintf(hex.data(), hex.size(), "%02x", byte);
    id += hex.data();
  }
  return id;
}

Status apply_sabotage(const SpecFlags& flags, Spec& spec) {
  spec.unsafe = flags.unsafe;
  spec.prefer.insert(flags.prefer.begin(), flags.prefer.end());
  spec.skipped_steps.insert(flags.skipped_steps.begin(),
                            flags.skipped_steps.end());
  for (const std::string& name : flags.without) {
    const auto boundary = boundary_named(name);
    if (!boundary) {
      return fail("--without " + name + ": no boundary is called that", 0,
                  "see `bulkhead probes --boundaries`", ErrorKind::kUsage);
    }
    spec.without.insert(*boundary);
  }
  return {};
}

Result<Spec> spec_of_bundle(const Request& request, std::string* id) {
  if (request.flags.command.size() != 1) {
    return fail("run --bundle takes exactly one container id", 0,
                "write: bulkhead run --bundle DIR ID", ErrorKind::kUsage);
  }
  *id = request.flags.command.front();
  if (Status status = validate_id(*id); !status) {
    return tl::unexpected(status.error());
  }
  Result<Spec> spec = load_bundle(request.bundle);
  if (!spec) return spec;
  if (Status status = apply_sabotage(request.flags, *spec); !status) {
    return tl::unexpected(status.error());
  }
  return spec;
}

}  // namespace

Result<Spec> spec_of(const Request& request) {
  std::string id = made_up_id();
  Result<Spec> spec = request.bundle.empty() ? spec_from_flags(request.flags)
                                             : spec_of_bundle(request, &id);
  if (!spec) return spec;
  if (spec->cgroups_path.empty()) spec->cgroups_path = "bulkhead." + id;
  return spec;
}

}  // namespace bulkhead::cli
