// The program `bulkhead`. Starting a container is what it must do at once: that
// is done here, before anything that only other verbs need is set up.
#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <string_view>
#include <vector>

#include "cli/late.h"
#include "cli/pool_client.h"
#include "cli/program.h"
#include "cli/run.h"

namespace bulkhead::cli {
namespace {

constexpr int kUsualBytes = 1 << 20;

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

/// Whether it was `run`, in the plain way; `status` is then its exit status.
bool ran(int argc, char** argv, int* status) {
  if (argc < 3 || std::string_view(argv[1]) != "run") return false;
  const std::vector<std::string_view> words(argv + 2, argv + argc);
  PoolRun asked;
  if (read_pool_run(words, asked)) {
    *status = run_in_pool(asked);
    return true;
  }
  // One step to the memory that a start takes, instead of a dozen.
  mallopt(M_TOP_PAD, kUsualBytes);
  RunOptions options;
  if (!read_plain_run(words, options)) return false;
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
