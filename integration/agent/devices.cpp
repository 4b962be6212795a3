#include "integration/agent/devices.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>

#include <array>
#include <cstdio>
#include <string>

#include "integration/agent/files.h"

namespace bulkhead::agent {
namespace {

// What udev's own rules open to everybody.
constexpr std::array<const char*, 2> kForEverybody = {"/dev/fuse",
                                                      "/dev/net/tun"};

}  // namespace

void make_static_nodes() {
  utsname name{};
  uname(&name);
  const std::string path =
      "/lib/modules/" + std::string(name.release) + "/modules.devname";
  FILE* list = std::fopen(path.c_str(), "re");
  if (list == nullptr) return;
  std::array<char, 512> line{};
  while (std::fgets(line.data(), line.size(), list) != nullptr) {
    std::array<char, 128> node{};
    char kind = 0;
    unsigned device_major = 0;
    unsigned device_minor = 0;
    // NOLINTNEXTLINE(cert-err34-c): a line that does not parse is skipped.
    if (std::sscanf(line.data(), "%*127s %127s %c%u:%u", node.data(), &kind,
                    &device_major, &device_minor) != 4) {
      continue;
    }
    const std::string target = std::string("/dev/") + node.data();
    make_folders(target.substr(0, target.rfind('/')));
    mknod(target.c_str(), (kind == 'b' ? S_IFBLK : S_IFCHR) | 0600U,
          makedev(device_major, device_minor));
  }
  (void)std::fclose(list);
  // Some kernels have one of them built in: its node is there already.
  for (const char* node : kForEverybody) (void)chmod(node, 0666);
}

}  // namespace bulkhead::agent
