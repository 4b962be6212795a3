// Somebody outside moves a directory out of the rootfs while the workload is in
// it. Its ".." is no longer below the root then: the kernel must not follow it.
#include <fcntl.h>
#include <sys/stat.h>

#include <cstdio>

#include "probes/support/bystander.h"
#include "probes/support/canary.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_moved_directory {
namespace {

constexpr const char* kPlace = "/fixtures/sockets/moved";
constexpr const char* kAway = "/moved";

Observation attempt(Inside& inside) {
  const std::string path = inside.planted("path");
  if (path.empty()) return broken("no planted path");
  const std::string place = inside.spec("root") + kPlace;
  if (chdir(place.c_str()) != 0) {
    return broken("chdir " + place + ": " + errno_name(errno));
  }
  const auto moved = ask_bystander(inside);
  if (!moved) return broken("the bystander: " + errno_name(errno));
  if (*moved != "moved") return broken("the bystander: " + *moved);
  const std::string up = ".." + path.substr(path.rfind('/'));
  const auto content = slurp(up, 64);
  if (content && content->starts_with(inside.nonce())) {
    return reached(
        "the host's file, by .. from a directory that was moved "
        "there");
  }
  const int error = errno;
  // Any other file there would do as well.
  const Called above = call(SYS_openat, AT_FDCWD, "..", O_PATH | O_DIRECTORY);
  return above.ok() ? reached("the host's directory, by ..")
                    : refused(error, "no .. of a directory that was moved out");
}

Observation witness(Inside& inside) {
  const std::string place = inside.spec("root") + "/fixtures";
  if (chdir(place.c_str()) != 0) {
    return broken("chdir " + place + ": " + errno_name(errno));
  }
  const Called above = call(SYS_openat, AT_FDCWD, "..", O_PATH | O_DIRECTORY);
  return above.ok() ? works(".. of a directory that stays")
                    : broken("..: " + errno_name(above.error));
}

bool plant(Outside& outside) {
  const std::string place = outside.spec("rootfs") + kPlace;
  const std::string away = outside.directory() + kAway;
  if (outside.spec("rootfs").empty() || !plant_file(outside, "up", 0644) ||
      mkdir(place.c_str(), 0755) != 0 || chmod(place.c_str(), 0755) != 0) {
    return false;
  }
  return start_bystander(outside,
                         [=](const ucred&, const std::string&) -> std::string {
                           return std::rename(place.c_str(), away.c_str()) == 0
                                      ? "moved"
                                      : errno_name(errno);
                         });
}

void clean(Outside& outside) {
  stop_bystander(outside);
  rmdir((outside.spec("rootfs") + kPlace).c_str());
  rmdir((outside.directory() + kAway).c_str());
  remove_file(outside);
}

const Register kProbe{{
    .id = "rootfs/moved-directory",
    .claim = "A directory that is moved out of the container while somebody "
             "is in it does not lead out.",
    .watches = {"mountns", "rootfs"},
    .references = {"CVE-2015-2925", "pivot_root(2)", "mount_namespaces(7)"},
    .remedy = "Make the rootfs a mount of its own and pivot into it.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
    .placement = Placement::kAlone,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_moved_directory
