// consumer ROOTFS COMMAND…: runs the command in a container with every
// protection on, and ends as it ended.
#include <cstdio>

#include "runtime/parent/container.h"
#include "runtime/spec/presets.h"

namespace {

int say(const bulkhead::Error& error) {
  fprintf(stderr, "consumer: %s\n", error.message().c_str());
  return 125;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: consumer ROOTFS COMMAND...\n");
    return 2;
  }
  bulkhead::Spec spec = bulkhead::make_preset(bulkhead::Preset::kHardened);
  spec.rootfs.path = argv[1];
  spec.process.argv.assign(argv + 2, argv + argc);
  spec.cgroups_path = "bulkhead.consumer";
  const auto host = bulkhead::probe_host();
  if (!host) return say(host.error());
  // Compiled once; it could be started many times.
  const auto plan = bulkhead::make_plan(spec, *host);
  if (!plan) return say(plan.error());
  auto container = bulkhead::start(*plan);
  if (!container) return say(container.error());
  const auto exit = container->wait();
  return exit ? exit->code() : say(exit.error());
}
