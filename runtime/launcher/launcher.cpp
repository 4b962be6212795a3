#include "runtime/launcher/launcher.h"

#include <fcntl.h>

#include "runtime/base/file.h"
#include "runtime/launcher/launcher_state.h"

namespace bulkhead {

Launcher::Launcher(std::shared_ptr<LauncherState> state)
    : state_(std::move(state)) {}

Launcher::~Launcher() {
  if (state_) state_->close();
}

Result<Launcher> Launcher::make(const LauncherOptions& options) {
  if (options.workers == 0) {
    return fail("launcher: no workers", 0, "at least 1", ErrorKind::kUsage);
  }
  Result<Host> host = probe_host();
  if (!host) return within("launcher", host.error());
  Result<Fd> null_device = open_at(AT_FDCWD, "/dev/null", O_RDWR);
  if (!null_device) return within("launcher", null_device.error());
  Result<Bell> bell = Bell::make();
  if (!bell) return within("launcher", bell.error());
  auto state = std::make_shared<LauncherState>(
      std::move(*host), options, std::move(*null_device), std::move(*bell));
  if (Status status = state->start_workers(); !status) {
    return tl::unexpected(status.error());
  }
  return Launcher(std::move(state));
}

Result<ProgramId> Launcher::add(Spec spec, const PoolOptions& pool) {
  return state_->add(std::move(spec), pool);
}

Result<Launched> Launcher::start(ProgramId program,
                                 const StartRequest& request) {
  Result<Launched> launched = state_->start(program, request);
  if (launched) launched->container.leave_to(state_);
  return launched;
}

Status Launcher::wait_ready(ProgramId program) {
  return state_->wait_ready(program);
}

Status Launcher::drain() { return state_->drain(); }

LauncherCounts Launcher::counts() const { return state_->counts(); }

const Plan& Launcher::plan(ProgramId program) const {
  return state_->plan(program);
}

}  // namespace bulkhead
