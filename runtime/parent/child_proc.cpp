#include "runtime/parent/child_proc.h"

#include <fcntl.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace bulkhead {

Result<ChildProc> open_child_proc(const ClonedChild& child) {
  const std::string name =
      "/proc/self/fdinfo/" + std::to_string(child.pidfd.get());
  ChildProc proc;
  if (const Result<std::string> text = read_file(name); text) {
    const std::vector<std::string_view> words = words_of(*text);
    const auto key = std::ranges::find(words, "Pid:");
    if (words.end() - key > 1) {
      proc.pid = number_in<pid_t>(key[1]).value_or(0);
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

Result<Fd> open_child_namespace(const ClonedChild& child,
                                const std::string& name) {
  const Result<ChildProc> proc = open_child_proc(child);
  if (!proc) return tl::unexpected(proc.error());
  return open_at(proc->directory.get(), "ns/" + name, O_RDONLY);
}

}  // namespace bulkhead
