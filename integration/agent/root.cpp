#include "integration/agent/root.h"

#include <sys/mount.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <string>

#include "integration/agent/boot.h"
#include "integration/agent/files.h"
#include "integration/agent/port.h"

namespace bulkhead::agent {
namespace {

constexpr const char* kNewRoot = "/newroot";

void mount_image(const std::string& device) {
  const std::string node = "/dev/" + device;
  wait_for_device(node);
  const bool mounted =
      mount_on("erofs", "/lower", MS_RDONLY, "", node.c_str()) &&
      mount_on("tmpfs", "/upper", 0, "mode=0755") &&
      make_folders("/upper/files") && make_folders("/upper/work") &&
      mount_on("overlay", kNewRoot, 0,
               "lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work");
  if (!mounted) power_off("no root from " + node);
}

void mount_modules(const std::string& device) {
  const std::string node = "/dev/" + device;
  wait_for_device(node);
  if (!mount_on("erofs", std::string(kNewRoot) + "/lib/modules", MS_RDONLY, "",
                node.c_str())) {
    power_off("no modules from " + node);
  }
}

}  // namespace

void enter_root() {
  const std::string image = parameter("root", "");
  if (!image.empty()) {
    mount_image(image);
  } else if (!mount_on("tmpfs", kNewRoot, 0, "mode=0755")) {
    power_off("no root");
  }
  if (!move_tree("/payload", kNewRoot)) power_off("no room for the payload");
  const std::string modules = parameter("modules", "");
  if (!modules.empty()) mount_modules(modules);
  for (const char* name : {"/dev", "/proc", "/sys"}) {
    const std::string target = std::string(kNewRoot) + name;
    make_folders(target);
    if (mount(name, target.c_str(), nullptr, MS_MOVE, nullptr) != 0) {
      power_off("cannot move " + std::string(name));
    }
  }
  if (chdir(kNewRoot) != 0 || mount(".", "/", nullptr, MS_MOVE, nullptr) != 0 ||
      chroot(".") != 0 || chdir("/") != 0) {
    power_off("cannot enter the root");
  }
}

}  // namespace bulkhead::agent
