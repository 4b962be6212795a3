// The kernel's floor for a whole container: what a plan changes, by bare system
// calls. Nothing is read, compared, kept or explained, and a failure is only
// noticed by its result.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/ground.h"
#include "bench/sampler.h"
#include "runtime/plan/plan.h"

namespace bulkhead::bench {

/// Those of `calls` that change something, and what these need.
[[nodiscard]] std::vector<Call> changing_calls(const std::vector<Call>& calls);

/// Starts, over and over, the kernel objects of one plan.
class BareStart {
 public:
  /// An error where the plan needs what this does not do.
  [[nodiscard]] static Result<BareStart> make(const Ground& ground, Plan plan);

  [[nodiscard]] Result<Times> once();

 private:
  struct CgroupFile {
    std::string path;
    std::string value;
  };

  BareStart(const Ground& ground, Plan plan);
  [[nodiscard]] bool make_cgroups();
  void remove_cgroups() const;
  [[nodiscard]] long clone(void* child_plan);
  [[nodiscard]] bool serve_waiting(long pid);
  void close_slots() const;

  const Ground* ground_;
  Plan plan_;
  std::vector<Call> child_;
  std::vector<std::string> directories_;
  std::vector<CgroupFile> writes_;
  std::string uid_map_;
  std::string gid_map_;
  std::unique_ptr<SharedState> shared_ = std::make_unique<SharedState>();
  std::unique_ptr<char[]> stack_;
};

}  // namespace bulkhead::bench
