// Judges a program: each input gets a container of its own, started from a pool
// of children that wait one step before exec. Usage: example ROOTFS PROGRAM
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "runtime/launcher/launcher.h"
#include "runtime/spec/presets.h"

int main(int argc, char** argv) {
  using namespace bulkhead;
  if (argc != 3) return 2;
  const auto failed = [](const Error& error) {
    std::fprintf(stderr, "%s\n", error.message().c_str());
    return 1;
  };
  Spec spec = make_preset(Preset::kHardened);  // every boundary on
  spec.rootfs.path = argv[1];
  spec.process.argv = {argv[2]};
  spec.cgroups_path = "judge-" + std::to_string(getpid());
  Result<Launcher> launcher = Launcher::make();
  if (!launcher) return failed(launcher.error());
  const Result<ProgramId> judge =
      launcher->add(spec, {.size = 2, .depth = ParkAt::kExec});
  if (!judge) return failed(judge.error());
  for (const char* input : {"one", "two", "three"}) {
    int in[2];
    if (pipe2(in, O_CLOEXEC) != 0) return 1;
    StartRequest request;
    request.arguments = {argv[2], "-c", "read word; echo judged $word"};
    request.streams[0] = in[0];  // stdout and stderr are this program's
    Result<Launched> launched = launcher->start(*judge, request);
    close(in[0]);
    if (!launched) return failed(launched.error());
    dprintf(in[1], "%s\n", input);
    close(in[1]);
    const Result<Exit> exit = launched->container.wait();
    if (!exit) return failed(exit.error());
    if (exit->code() != 0) return exit->code();
  }
  const Status nothing_left = launcher->drain();
  return nothing_left ? 0 : failed(nothing_left.error());
}
