#include "probes/support/namespace.h"

#include <cerrno>
#include <map>
#include <string>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes {

namespace {

std::string path_of(const char* name) {
  return std::string("/proc/self/ns/") + name;
}

}  // namespace

bool plant_namespace(Outside& outside, const char* name) {
  const std::string inode = link_target(path_of(name));
  // A kernel without this namespace has no such link: told as "none".
  outside.tell("inode", inode.empty() ? "none" : inode);
  return true;
}

Observation own_namespace(Inside& inside, const char* name) {
  const std::string outer = inside.planted("inode");
  if (outer.empty()) return broken("no planted inode");
  if (outer == "none") {
    return absent(std::string("this kernel has no namespace ") + name);
  }
  const std::string own = link_target(path_of(name));
  if (own.empty()) return broken(path_of(name) + ": " + errno_name(errno));
  if (own == outer) return reached(own + " is the host's");
  return refused(0, own + " is not the host's " + outer);
}

bool in_first_namespace(const std::string& name) {
  const std::map<std::string, std::string> numbers = {{"ipc", "4026531839"},
                                                      {"uts", "4026531838"},
                                                      {"user", "4026531837"},
                                                      {"pid", "4026531836"},
                                                      {"cgroup", "4026531835"}};
  return link_target(path_of(name.c_str())) ==
         name + ":[" + numbers.at(name) + "]";
}

Observation read_namespace(const char* name) {
  const std::string own = link_target(path_of(name));
  if (own.empty()) return broken(path_of(name) + ": " + errno_name(errno));
  return works(own);
}

}  // namespace bulkhead::probes
