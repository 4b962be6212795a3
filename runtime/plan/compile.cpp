// The order of the start, in one place. Why each step stands where it does is
// its `reason`.
#include "runtime/plan/compile.h"

#include <algorithm>

#include "runtime/plan/builder.h"
#include "runtime/plan/rlimits.h"
#include "runtime/spec/validate.h"
#include "runtime/spec/without.h"

namespace bulkhead {
namespace {

/// Of a hardened container; growing by halves would touch three times the
/// memory.
constexpr std::size_t kUsualCalls = 128;
constexpr std::size_t kUsualChildCalls = 768;

Status build(Builder& builder) {
  if (Status status = plan_cgroup(builder); !status) return status;
  if (Status status = plan_rootfs_source(builder); !status) return status;
  if (builder.host.privileged) {
    if (Status status = plan_mount_sources(builder); !status) return status;
  }
  plan_device_source(builder);
  if (Status status = plan_namespaces(builder); !status) return status;
  if (Status status = plan_userns(builder); !status) return status;
  plan_lifeline(builder);
  plan_new_network(builder);
  plan_cgroup_join(builder);
  if (Status status = plan_cgroupns(builder); !status) return status;
  if (Status status = plan_timens(builder); !status) return status;
  plan_userns_identity(builder);
  plan_namespace_verification(builder);
  plan_mountns(builder);
  return {};
}

Status build_root(Builder& builder) {
  if (!builder.host.privileged) {
    if (Status status = plan_mount_sources(builder); !status) return status;
  }
  plan_pivot(builder);
  if (builder.spec.rootfs.pivot) {
    if (Status status = plan_devices(builder); !status) return status;
    if (Status status = plan_mounts(builder); !status) return status;
    plan_masks(builder);
    if (Status status = plan_binfmt(builder); !status) return status;
  }
  plan_utsns(builder);
  plan_netns(builder);
  plan_sysctls(builder);
  plan_rootfs_finish(builder);
  return {};
}

Status build_process(Builder& builder) {
  const bool filter_last = builder.spec.process.no_new_privs;
  if (Status status = check_program(builder); !status) return status;
  if (Status status = plan_session(builder); !status) return status;
  if (Status status = plan_rlimits(builder); !status) return status;
  plan_cwd(builder);
  if (Status status = plan_lsm(builder); !status) return status;
  if (Status status = plan_bounding(builder); !status) return status;
  builder.plan.last_steps = builder.plan.steps.size();
  if (Status status = plan_landlock_rules(builder); !status) return status;
  plan_filter_count(builder);
  plan_readback(builder);
  plan_fds(builder);
  if (Status status = plan_no_new_privs(builder); !status) return status;
  // Without no_new_privs a domain and a filter take CAP_SYS_ADMIN, which the
  // capability steps take away.
  if (!filter_last) {
    if (Status status = plan_descriptor_limit(builder); !status) return status;
    plan_landlock(builder);
    if (Status status = plan_seccomp(builder); !status) return status;
  }
  plan_capabilities(builder);
  plan_second_lifeline(builder);
  if (filter_last) {
    plan_landlock(builder);
    if (Status status = plan_descriptor_limit(builder); !status) return status;
    if (Status status = plan_seccomp(builder); !status) return status;
  }
  plan_exec(builder);
  return {};
}

Status check_limits(const Plan& plan) {
  if (plan.steps.size() > kMaxSteps ||
      plan.slots_used > static_cast<int>(kSlots)) {
    return fail("plan: " + std::to_string(plan.steps.size()) + " steps and " +
                    std::to_string(plan.slots_used) + " slots are too many",
                0, "ask for fewer mounts, masks or devices");
  }
  return {};
}

/// Takes every comparison with what the kernel shows out of the plan.
void skip_readback(Plan& plan) {
  for (std::vector<Call>* calls : {&plan.before, &plan.beside, &plan.child}) {
    std::erase_if(*calls, [](const Call& call) {
      return call.op == Op::kScratchEquals || call.op == Op::kScratchDiffers ||
             call.op == Op::kScratchHasLine ||
             call.op == Op::kScratchHasWords || call.op == Op::kMountTable ||
             call.op == Op::kDescriptors;
    });
    for (Call& call : *calls) {
      if (call.op == Op::kExpectValue || call.op == Op::kExpectSlot) {
        call.op = Op::kSyscall;
      }
    }
  }
  if (!plan.cgroup) return;
  for (CgroupWrite& write : plan.cgroup->writes) write.expected.clear();
}

Status cannot_skip(const std::string& name, const std::string& why) {
  return fail("--skip " + name + ": " + why, 0,
              "see `bulkhead explain` for its steps", ErrorKind::kUsage);
}

/// Takes the skipped steps out; they stay listed.
Status skip_steps(Plan& plan) {
  for (const std::string& name : plan.spec.skipped_steps) {
    if (name == kSkipReadback) {
      skip_readback(plan);
      continue;
    }
    const auto step =
        std::find_if(plan.steps.begin(), plan.steps.end(),
                     [&](const Step& s) { return s.name == name; });
    if (step == plan.steps.end()) {
      return cannot_skip(name, "this plan has no such step");
    }
    if (step->essential || (step->side == Side::kParent && !step->drop)) {
      return cannot_skip(name, "without it nothing starts");
    }
    const auto index = static_cast<std::uint16_t>(step - plan.steps.begin());
    const auto is_of_it = [&](const Call& call) { return call.step == index; };
    std::erase_if(plan.before, is_of_it);
    std::erase_if(plan.beside, is_of_it);
    std::erase_if(plan.child, is_of_it);
    if (step->drop) step->drop(plan);
  }
  return {};
}

}  // namespace

Spec effective(Spec spec, const Host& host) {
  const BoundarySet without = spec.without;
  for (const Boundary boundary : without) remove_boundary(spec, boundary);
  adapt_to_caller(spec, host);
  return spec;
}

Result<Plan> compile(Spec spec, const Host& host) {
  spec = effective(std::move(spec), host);
  if (const std::vector<Complaint> complaints = validate(spec);
      !complaints.empty()) {
    std::string text = "spec:";
    for (const Complaint& complaint : complaints) {
      text += "\n  " + complaint.pointer + ": " + complaint.text;
    }
    return fail(std::move(text));
  }
  Plan plan;
  plan.spec = std::move(spec);
  plan.before.reserve(kUsualCalls);
  plan.child.reserve(kUsualChildCalls);
  Builder builder(plan.spec, host, plan);
  for (Status (*part)(Builder&) : {build, build_root, build_process}) {
    if (Status status = part(builder); !status) {
      return tl::unexpected(status.error());
    }
  }
  if (Status status = check_limits(plan); !status) {
    return tl::unexpected(status.error());
  }
  if (Status status = skip_steps(plan); !status) {
    return tl::unexpected(status.error());
  }
  return plan;
}

}  // namespace bulkhead
