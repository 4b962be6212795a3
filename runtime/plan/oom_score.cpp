// session: who is ended first when memory runs out (proc_pid_oom_score_adj(5)).
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/syscall.h>

#include "runtime/plan/builder.h"

namespace bulkhead {
namespace {

constexpr const char* kName = "session.oom_score";
constexpr const char* kReason = "Who is ended first when memory runs out.";
constexpr const char* kScoreRemedy = "lowering it takes CAP_SYS_RESOURCE";

}  // namespace

void plan_oom_score(Builder& builder) {
  if (!builder.spec.process.oom_score_adj) return;
  const std::string score = std::to_string(*builder.spec.process.oom_score_adj);
  if (!builder.host.privileged ||
      !builder.host.has_capability(CAP_SYS_RESOURCE)) {
    builder.plan.degradations.push_back(
        {"session.oom_score.floor",
         "without CAP_SYS_RESOURCE the floor stays the caller's: the workload "
         "may lower its score to that"});
  }
  if (builder.plan.wait_for_parent) {
    // The kernel gives a score to all who share the memory, except before a
    // vfork's exec: the supervisor's own would change. And what only a
    // capability in the initial user namespace sets, the floor, is the
    // supervisor's to write.
    builder.plan.share_memory = false;
    builder.plan.oom_score_adj = builder.spec.process.oom_score_adj;
    builder.step(kName, Boundary::kSession, Side::kChild, kReason, kScoreRemedy)
        .says("the supervisor writes " + score + " to /proc/PID/oom_score_adj")
        .dropped_by([](Plan& plan) { plan.oom_score_adj.reset(); });
    return;
  }
  const int slot = builder.slot();
  builder.step(kName, Boundary::kSession, Side::kChild, kReason, kScoreRemedy)
      .call(SYS_openat, "open(/proc/self/oom_score_adj)",
            {slot_value(builder.proc_slot), builder.text("self/oom_score_adj"),
             value(O_WRONLY | O_CLOEXEC)})
      .into(slot)
      .call(SYS_write, "write " + score,
            {slot_value(slot), builder.text(score),
             value(static_cast<std::int64_t>(score.size()))})
      .call(SYS_close, "close", {slot_value(slot)});
}

void plan_oom_score_verification(Builder& builder) {
  if (!builder.spec.process.oom_score_adj) return;
  const std::string score = std::to_string(*builder.spec.process.oom_score_adj);
  builder.step(kName, Boundary::kSession, Side::kChild, kReason, kScoreRemedy)
      .read_file(builder.proc_slot, "self/oom_score_adj")
      .scratch_equals(score + "\n")
      .shell("echo " + score + " >/proc/$$/oom_score_adj");
}

}  // namespace bulkhead
