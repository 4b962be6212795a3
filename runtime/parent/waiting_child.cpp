#include "runtime/parent/waiting_child.h"

#include <fcntl.h>

#include <string>

#include "runtime/base/file.h"
#include "runtime/child/child.h"
#include "runtime/parent/child_proc.h"
#include "runtime/parent/failure.h"
#include "runtime/parent/id_maps.h"
#include "runtime/plan/builder.h"

namespace bulkhead {
namespace {

Status write_about(const ChildProc& proc, const Plan& plan) {
  if (plan.write_id_maps) {
    if (Status status = write_id_maps(plan, proc); !status) return status;
  }
  if (!plan.oom_score_adj) return {};
  Status status = write_file_at(proc.directory.get(), "oom_score_adj",
                                std::to_string(*plan.oom_score_adj));
  if (status) return {};
  Error error = status.error();
  error.remedy = "lowering it takes CAP_SYS_RESOURCE";
  return within("session.oom_score", error);
}

Status make_calls(const ChildProc& proc, const Plan& plan,
                  SharedState* shared) {
  Fd userns;
  std::int64_t& slot = shared->slots[kSlotUserns];
  if (slot < 0 && has_idmaps(plan)) {
    Result<Fd> opened = open_at(proc.directory.get(), "ns/user", O_RDONLY);
    if (!opened) return within("rootfs.idmap", opened.error());
    userns = std::move(*opened);
    slot = userns.get();
  }
  if (child::run_calls(plan.beside.data(), plan.beside.size(), shared)) {
    return {};
  }
  return tl::unexpected(describe_failure(plan, *shared));
}

}  // namespace

Status serve_waiting(const ClonedChild& child, const Plan& plan,
                     const Cgroup& cgroup, SharedState* shared) {
  const Result<ChildProc> proc = open_child_proc(child);
  if (!proc) return within("userns", proc.error());
  if (Status status = write_about(*proc, plan); !status) return status;
  if (Status status = make_calls(*proc, plan, shared); !status) return status;
  return plan.cgroup ? cgroup.limit(*plan.cgroup) : Status();
}

}  // namespace bulkhead
