#include "runtime/parent/child_proc.h"

#include <fcntl.h>

#include <sstream>
#include <string>

#include "runtime/base/file.h"

namespace bulkhead {

Result<ChildProc> open_child_proc(const ClonedChild& child) {
  const std::string name =
      "/proc/self/fdinfo/" + std::to_string(child.pidfd.get());
  ChildProc proc;
  if (const Result<std::string> text = read_file(name); text) {
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);) {
      if (line.rfind("Pid:", 0) == 0) {
        std::istringstream(line.substr(4)) >> proc.pid;
      }
    }
  }
  if (proc.pid <= 0) {
    return fail("/proc is another pid namespace's: it does not show process " +
                    std::to_string(child.pid),
                0, "mount one of this pid namespace: mount -t proc proc /proc");
  }
  Result<Fd> directory = open_at(AT_FDCWD, "/proc/" + std::to_string(proc.pid),
                                 O_PATH | O_DIRECTORY);
  if (!directory) return tl::unexpected(directory.error());
  proc.directory = std::move(*directory);
  return proc;
}

}  // namespace bulkhead
