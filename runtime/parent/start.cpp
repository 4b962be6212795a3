// What a caller starts with.
#include <sys/mount.h>

#include "runtime/parent/container.h"
#include "runtime/parent/id_maps.h"
#include "runtime/parent/pending_start.h"
#include "runtime/plan/compile.h"

namespace bulkhead {

Result<Plan> make_plan(Spec spec, const Host& host) {
  Result<Plan> plan = compile(std::move(spec), host);
  if (!plan || plan->idmap_attributes.empty()) return plan;
  Result<Fd> userns = make_user_namespace(*plan);
  if (!userns) return within("rootfs", userns.error());
  plan->idmap_userns = std::move(*userns);
  for (const std::size_t index : plan->idmap_attributes) {
    auto* attributes =
        reinterpret_cast<mount_attr*>((*plan->bytes)[index].data());
    attributes->userns_fd =
        static_cast<std::uint64_t>(plan->idmap_userns.get());
  }
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
