// The program `bulkhead`. Starting a container is what it must do at once: that
// is done here, before anything that only other verbs need is set up.
#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "cli/late.h"
#include "cli/pool_client.h"
#include "cli/program.h"
#include "cli/run.h"

namespace bulkhead::cli {
namespace {

/// What a start writes to on the heap, and a step to more than it takes.
constexpr std::size_t kUsualBytes = std::size_t{512} << 10;
constexpr int kHeapStep = 1 << 20;
constexpr std::size_t kPage = 4096;

/// A caller that closed 0, 1 or 2 would have our own files take their place.
void fill_standard_descriptors() {
  for (int fd = 0; fd < 3; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    const int opened = open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
    if (opened >= 0 && opened != fd) {
      dup2(opened, fd);
      close(opened);
    }
  }
}

/// The pages that a start needs, by one call in place of a fault for each: 0.6
/// us a page in place of 11, in a guest whose faults are exits to a hypervisor.
void fault_in() {
  mallopt(M_TOP_PAD, kHeapStep);
  mallopt(M_TRIM_THRESHOLD, 2 * kHeapStep);
  // More than there is so far, and less than what comes by mmap.
  auto* block = static_cast<char*>(malloc(std::size_t{127} << 10));
  if (block == nullptr) return;
  const auto in_page = reinterpret_cast<std::uintptr_t>(block) % kPage;
  // Before 5.14 it is EINVAL, and everything as it was.
  madvise(block + (kPage - in_page), kUsualBytes, MADV_POPULATE_WRITE);
  free(block);
}

/// Whether it was `run`, in the plain way; `status` is then its exit status.
bool ran(int argc, char** argv, int* status) {
  if (argc < 3 || std::string_view(argv[1]) != "run") return false;
  const std::vector<std::string_view> words(argv + 2, argv + argc);
  PoolRun asked;
  if (read_pool_run(words, asked)) {
    *status = run_in_pool(asked);
    return true;
  }
  fault_in();
  RunOptions options;
  if (!read_plain_run(words, options)) {
    begun_time_try().reset();  // What else is begun, begins one if it wants it.
    return false;
  }
  *status = run(options);
  return true;
}

}  // namespace
}  // namespace bulkhead::cli

int main(int argc, char** argv) {
  using namespace bulkhead::cli;
  fill_standard_descriptors();
  int status = 0;
  if (ran(argc, argv, &status)) return status;
  initialise_late();
  return run_program(argc, argv);
}
