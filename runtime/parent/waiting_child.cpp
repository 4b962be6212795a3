#include "runtime/parent/waiting_child.h"

#include <string>

#include "runtime/base/file.h"
#include "runtime/parent/child_proc.h"
#include "runtime/parent/id_maps.h"

namespace bulkhead {

Status write_for_waiting(const ClonedChild& child, const Plan& plan) {
  if (!plan.write_id_maps && !plan.oom_score_adj) return {};
  const Result<ChildProc> proc = open_child_proc(child);
  if (!proc) return within("userns", proc.error());
  if (plan.write_id_maps) {
    if (Status status = write_id_maps(plan, *proc); !status) return status;
  }
  if (!plan.oom_score_adj) return {};
  Status status = write_file_at(proc->directory.get(), "oom_score_adj",
                                std::to_string(*plan.oom_score_adj));
  if (status) return {};
  Error error = status.error();
  error.remedy = "lowering it takes CAP_SYS_RESOURCE";
  return within("session.oom_score", error);
}

}  // namespace bulkhead
