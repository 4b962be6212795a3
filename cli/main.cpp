// The program `bulkhead`. Starting a container is what it must do at once: that
// is done here, before anything that only other verbs need is set up.
#include <fcntl.h>
#include <unistd.h>

#include <span>
#include <string_view>
#include <vector>

#include "cli/late.h"
#include "cli/program.h"
#include "cli/run.h"

namespace bulkhead::cli {
namespace {

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

}  // namespace
}  // namespace bulkhead::cli

int main(int argc, char** argv) {
  using namespace bulkhead::cli;
  fill_standard_descriptors();
  if (argc > 2 && std::string_view(argv[1]) == "run") {
    RunOptions options;
    const std::vector<std::string_view> words(argv + 2, argv + argc);
    if (read_plain_run(words, options)) return run(options);
  }
  initialise_late();
  return run_program(argc, argv);
}
