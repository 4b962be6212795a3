// Writes steps into a plan. Every byte a call points to is kept by the plan.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/host/host.h"
#include "runtime/plan/plan.h"

namespace bulkhead {

[[nodiscard]] inline Argument value(std::int64_t number) {
  return {Argument::Kind::kValue, static_cast<std::uint64_t>(number)};
}
[[nodiscard]] inline Argument slot_value(int slot) {
  return {Argument::Kind::kSlot, static_cast<std::uint64_t>(slot)};
}
[[nodiscard]] inline Argument scratch(std::uint64_t offset = 0) {
  return {Argument::Kind::kScratch, offset};
}

/// CLONE_NEWTIME (5.6), which <sched.h> of older libraries lacks.
inline constexpr std::int64_t kCloneNewtime = 0x80;

/// Slots of a known number. All but the first hold descriptors.
enum FixedSlot : int {
  kSlotKeyring = 0,  ///< the serial number of the session keyring
  kSlotLifeRead,     ///< pipe whose other end only the supervisor holds
  kSlotLifeWrite,
  kSlotUserns,  ///< of the waiting child; the supervisor's, for Op::kIdmap
  kFirstFreeSlot,
};

/// A bind source, cloned and detached.
struct BindTree {
  int slot = -1;
  bool directory = false;
};

class Builder;

/// Adds calls to one step. The text is what `explain` prints.
class StepBuilder {
 public:
  StepBuilder(Builder& builder, std::uint16_t step, std::vector<Call>& calls)
      : builder_(builder), step_(step), calls_(calls) {}

  StepBuilder& call(std::int64_t number, std::string text,
                    std::initializer_list<Argument> args);
  /// The last call keeps its result in `slot`.
  StepBuilder& into(int slot);
  /// The last call may fail with these errnos.
  StepBuilder& tolerate(int first, int second = 0);
  /// …and then the rest of this step is not needed.
  StepBuilder& or_next_step(int first, int second = 0);
  /// The last call must return `number`.
  StepBuilder& expect(std::int64_t number);
  /// …what `slot` keeps.
  StepBuilder& expect_slot(int slot);
  /// `text` is for `explain`, where the directory is not the supervisor's
  /// /proc.
  StepBuilder& read_file(int directory_slot, const std::string& name,
                         std::string text = {});
  StepBuilder& scratch_equals(std::string bytes, std::size_t offset = 0);
  StepBuilder& scratch_differs(std::string bytes);
  StepBuilder& scratch_has_line(std::string line);
  /// Scratch starts with these words, with any white space between them.
  StepBuilder& scratch_has_words(std::string words);
  /// …followed by the cgroup suffix of the start.
  StepBuilder& suffixed();
  /// The rest of this step is not needed if scratch has this line.
  StepBuilder& done_if_line(std::string line);
  /// Closes what is above every descriptor that the start has opened.
  StepBuilder& close_above(std::string text);
  /// Every descriptor above 2 is close-on-exec, by the supervisor's /proc.
  StepBuilder& descriptors(int proc_slot);
  /// Shows a detached tree through the container's id maps
  /// (MOUNT_ATTR_IDMAP, 5.12): an owner that they do not map would be nobody.
  /// Of Side::kBeside only.
  StepBuilder& idmap(int tree_slot);
  /// Puts `bytes` into scratch, and after them the 32 bits of `number`.
  StepBuilder& fill_scratch(std::string bytes, Argument number);
  StepBuilder& special(Op op, std::string text, Argument argument = {});
  StepBuilder& mount_table(int mountinfo_slot,
                           std::vector<ExpectedMount> mounts);
  /// For steps of the supervisor's own: a line for `explain`.
  StepBuilder& says(std::string text);
  StepBuilder& shell(std::string line);
  /// What --skip does beside leaving the calls out (Step::drop).
  StepBuilder& dropped_by(std::function<void(Plan&)> drop);
  /// Nothing starts without this step: --skip is refused.
  StepBuilder& essential();

 private:
  Call& add(Op op, std::string text);
  Builder& builder_;
  std::uint16_t step_;
  std::vector<Call>& calls_;
};

/// What the boundary files get: the spec, the host and the plan being made.
class Builder {
 public:
  Builder(const Spec& the_spec, const Host& the_host, Plan& the_plan)
      : spec(the_spec), host(the_host), plan(the_plan) {
    plan.slots_used = kFirstFreeSlot;
  }

  /// Starts a step or goes on with the one of that name.
  StepBuilder step(std::string name, Boundary boundary, Side side,
                   std::string reason, std::string remedy = {});
  /// A NUL-terminated copy that lives as long as the plan.
  [[nodiscard]] Argument text(std::string bytes);
  [[nodiscard]] const char* keep(std::string bytes);
  /// A copy of a structure of the kernel's.
  template <class T>
  [[nodiscard]] Argument record(const T& data) {
    return text(std::string(reinterpret_cast<const char*>(&data), sizeof data));
  }
  [[nodiscard]] int slot() { return plan.slots_used++; }

  /// Something asked for that this host lacks: an error, or, where the spec
  /// prefers it, a degradation that is written down.
  [[nodiscard]] Status lacks(const std::string& feature,
                             const std::string& reason,
                             const std::string& remedy);

  /// For what the child needs only later: while it waits, where it waits.
  [[nodiscard]] Side beside() const {
    return is_new(NamespaceKind::kUser) ? Side::kBeside : Side::kBefore;
  }

  [[nodiscard]] bool is_new(NamespaceKind kind) const {
    return spec.ns(kind).mode == NamespaceMode::kNew;
  }

  const Spec& spec;
  const Host& host;
  Plan& plan;
  int proc_slot = -1;                 ///< The supervisor's /proc, O_PATH.
  int old_root_slot = -1;             ///< "/" before the pivot.
  int root_slot = -1;                 ///< The detached rootfs tree.
  int dev_slot = -1;                  ///< The prepared /dev.
  int null_slot = -1;                 ///< Null of that /dev, O_PATH; -1: none.
  int empty_slot = -1;                ///< An empty directory of it, the same.
  int status_slot = -1;               ///< /proc/self/status; -1: not needed.
  int inherited_filters = 0;          ///< Which the child has from the start.
  int landlock_slot = -1;             ///< The ruleset; -1: none.
  bool landlock_files = false;        ///< It confines file access.
  std::vector<ExpectedMount> mounts;  ///< What mountinfo must show.
  std::map<NamespaceKind, std::string> joined_links;
  std::map<std::string, BindTree> bind_trees;  ///< by destination
};

// One file a boundary; compile.cpp calls them in the order of the start.
[[nodiscard]] Status plan_cgroup(Builder& builder);
void plan_cgroup_join(Builder& builder);
[[nodiscard]] Status plan_userns(Builder& builder);
void plan_userns_identity(Builder& builder);
[[nodiscard]] Status plan_namespaces(Builder& builder);
void plan_namespace_verification(Builder& builder);
/// Takes as long as all other namespaces together; so it comes first in the
/// child, before that waits for its supervisor.
void plan_new_network(Builder& builder);
[[nodiscard]] Status plan_timens(Builder& builder);
[[nodiscard]] Status plan_cgroupns(Builder& builder);
[[nodiscard]] Status plan_rootfs_source(Builder& builder);
[[nodiscard]] Status plan_mount_sources(Builder& builder);
void plan_mountns(Builder& builder);
void plan_pivot(Builder& builder);
[[nodiscard]] Status plan_devices(Builder& builder);
void plan_device_source(Builder& builder);
[[nodiscard]] Status plan_mounts(Builder& builder);
void plan_masks(Builder& builder);
[[nodiscard]] Status plan_binfmt(Builder& builder);
void plan_rootfs_finish(Builder& builder);
void plan_utsns(Builder& builder);
void plan_netns(Builder& builder);
void plan_sysctls(Builder& builder);
[[nodiscard]] Status plan_rlimits(Builder& builder);
void plan_lifeline(Builder& builder);
void plan_second_lifeline(Builder& builder);
void plan_oom_score(Builder& builder);
void plan_oom_score_verification(Builder& builder);
[[nodiscard]] Status plan_session(Builder& builder);
void plan_cwd(Builder& builder);
/// A program that the filter would end at its first call is an error.
[[nodiscard]] Status check_program(const Builder& builder);
[[nodiscard]] Status plan_no_new_privs(Builder& builder);
[[nodiscard]] Status plan_bounding(Builder& builder);
void plan_capabilities(Builder& builder);
void plan_fds(Builder& builder);
void plan_readback(Builder& builder);
void plan_filter_count(Builder& builder);
[[nodiscard]] Status plan_landlock_rules(Builder& builder);
void plan_landlock(Builder& builder);
[[nodiscard]] Status plan_lsm(Builder& builder);
[[nodiscard]] Status plan_seccomp(Builder& builder);
void plan_exec(Builder& builder);

/// An unprivileged caller of the hardened preset cannot have its id maps: the
/// caller's subordinate ids, or else its own id alone, take their place.
void adapt_to_caller(Spec& spec, const Host& host);

/// A word quoted for sh.
[[nodiscard]] std::string shell_word(const std::string& word);

}  // namespace bulkhead
