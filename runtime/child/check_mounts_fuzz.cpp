// The read-back of the mount table: whatever the kernel shows, nothing but what
// was planned passes, and what passes has a line for each planned mount.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "runtime/base/fd.h"
#include "runtime/base/fuzz.h"
#include "runtime/child/child.h"

using namespace bulkhead;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const ExpectedMount planned[] = {
      {"/", nullptr, true, true, true, false, false, false},
      {"/proc", "proc", false, true, true, true, false, false},
      {"/a\\040b", "tmpfs", true, true, true, true, false, true}};
  static const Fd file(memfd_create("mountinfo", MFD_CLOEXEC));
  static const auto shared = std::make_unique<SharedState>();
  promise(ftruncate(file.get(), 0) == 0 &&
              pwrite(file.get(), data, size, 0) == static_cast<ssize_t>(size) &&
              lseek(file.get(), 0, SEEK_SET) == 0,
          "there is a file to read");
  Call call;
  call.mounts = planned;
  call.mounts_length = 3;
  if (!child::mount_table_matches(file.get(), call, shared.get())) return 0;
  const std::string_view text = text_of(data, size);
  const auto lines = std::count(text.begin(), text.end(), '\n') +
                     (text.empty() || text.back() == '\n' ? 0 : 1);
  promise(lines == 2 || lines == 3, "a line for each mount, and no other");
  promise(text.find(" / ") != text.npos && text.find(" /proc ") != text.npos,
          "those that were planned");
  return 0;
}
