// A file outside that everybody may read, looked for by every road upwards.
#include <array>
#include <cerrno>

#include "probes/support/canary.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::mountns_canary_invisible {
namespace {

Observation attempt(Inside& inside) {
  const std::string path = inside.planted("path");
  if (path.empty()) return broken("no planted path");
  const std::array<std::string, 8> roads = {
      path,
      "/" + far_up() + path,
      far_up() + path,
      "/proc/self/root" + path,
      "/proc/self/cwd/" + far_up() + path,
      "/proc/1/root" + path,
      "/proc/1/cwd/" + far_up() + path,
      "/proc/self/task/../../1/root" + path};
  Tally tally;
  for (const std::string& road : roads) {
    const auto content = slurp(road, 64);
    const int error = errno;
    const std::string name = road.size() > 80 ? "(up)" + path : road;
    if (content && content->starts_with(inside.nonce())) {
      tally.add(name, reached("the nonce"));
    } else {
      tally.add(name, refused(content ? ENOENT : error));
    }
  }
  return tally.result();
}

Observation witness(Inside& inside) {
  // In a container of ours a fixture; anywhere else at least a directory.
  const std::string plain = inside.spec("root") + "/fixtures/plain";
  if (const auto content = slurp(plain, 64)) return works("read " + plain);
  return access("/", R_OK | X_OK) == 0 ? works("/ can be read")
                                       : broken("/ cannot be read");
}

const Register kProbe{{
    .id = "mountns/canary-invisible",
    .claim = "No path leads to a file of the host.",
    .watches = {"mountns", "rootfs"},
    .references = {"pivot_root(2)", "CVE-2024-21626", "CVE-2019-5736"},
    .remedy = "Enter a new mount namespace with pivot_root and detach the old "
              "root.",
    .attempt = attempt,
    .witness = witness,
    .plant =
        [](Outside& outside) { return plant_file(outside, "canary", 0644); },
    .clean = remove_file,
}};

}  // namespace
}  // namespace bulkhead::probes::mountns_canary_invisible
