// What a caller starts with.
#include "runtime/parent/container.h"
#include "runtime/parent/id_maps.h"
#include "runtime/parent/pending_start.h"
#include "runtime/plan/builder.h"
#include "runtime/plan/compile.h"

namespace bulkhead {
namespace {

constexpr int kCapSysPtrace = 19;

}  // namespace

Result<Plan> make_plan(Spec spec, const Host& host) {
  Result<Plan> plan = compile(std::move(spec), host);
  // Mounts are idmapped by the child's own user namespace, if it has maps and
  // may be looked at: its memory is hidden (proc_pid_ns(5), ptrace(2)).
  const bool by_childs_own =
      !plan || !has_idmaps(*plan) ||
      (plan->write_id_maps && host.has_capability(kCapSysPtrace));
  if (by_childs_own) return plan;
  Result<Fd> userns = make_user_namespace(*plan);
  if (!userns) return within("rootfs", userns.error());
  plan->prepared.emplace_back(kSlotUserns, std::move(*userns));
  return plan;
}

Result<Container> start(const Plan& plan, StartStamps* stamps) {
  BeginOptions options;
  options.stamps = stamps;
  Result<PendingStart> pending = PendingStart::begin(plan, options);
  if (!pending) return tl::unexpected(pending.error());
  return pending->finish(stamps);
}

}  // namespace bulkhead
