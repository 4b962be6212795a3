// The runtimes under test: how each is started with the same spec, and what
// it has no word for.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/base/boundary.h"
#include "runtime/base/fd.h"
#include "runtime/base/result.h"
#include "runtime/spec/spec.h"

namespace bulkhead::verify {

/// One container to be started, in the crash box.
struct Start {
  Spec spec;            ///< Whole: argv, rootfs and cgroup path are filled in.
  BoundarySet without;  ///< To be taken out of it.
  /// Steps of the plan to be skipped: bulkhead only.
  std::vector<std::string> skip;
  /// The config.json that asks for `spec`, in the user's own words, with all
  /// filled in but the arguments; null: there is none but emit_oci's.
  nlohmann::json config;
  std::string id;         ///< Unique.
  std::string directory;  ///< An empty directory for bundles and state.
};

/// A part of the spec for which a subject has no word.
struct NotOffered {
  Boundary boundary;
  std::string what;
  bool operator==(const NotOffered&) const = default;
};

/// What has to be executed.
struct Invocation {
  std::vector<std::string> argv;
  std::vector<Fd> inherited;  ///< Kept open for it.
  std::vector<NotOffered> not_offered;
};

/// A part of the spec that a runtime may not know and that can be left out so
/// that it starts at all. Found by trying, never from a version.
struct Omission {
  Boundary boundary;
  const char* name;
  /// False if the spec does not ask for it.
  bool (*omit)(Spec& spec);
};
[[nodiscard]] const std::vector<Omission>& omissions();
/// The name of the one that only a bundle can say.
inline constexpr const char* kReadOnlyBelow = "read-only mounts below a bind";

class Subject {
 public:
  virtual ~Subject() = default;

  /// As reported: "crun", "/opt/runtime", the template's text.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// The command that says the version; empty: it has none.
  [[nodiscard]] virtual std::vector<std::string> version_command() const = 0;
  /// Whether its container, without `without`, stays on the caller's root.
  [[nodiscard]] virtual bool stays_on_root(const Start& start) const;
  [[nodiscard]] virtual Result<Invocation> prepare(
      const Start& start) const = 0;
  /// Whether it may start when something is left out of the spec.
  [[nodiscard]] virtual bool takes_omissions() const { return false; }
  /// Whether it shows host root's files as the container root's by itself.
  [[nodiscard]] virtual bool maps_its_root() const { return false; }
  /// Whether anything tells it of `boundary`, as far as it was asked for:
  /// config.json has no field for Landlock, and no other program a flag.
  [[nodiscard]] virtual bool is_asked(Boundary boundary) const {
    return boundary != Boundary::kLandlock;
  }
  /// Programs that must be reachable in the crash box.
  [[nodiscard]] virtual std::vector<std::string> programs() const { return {}; }
  /// Whether the rootfs must belong to the container's root, since it writes
  /// into it from within the user namespace and maps nothing.
  [[nodiscard]] virtual bool wants_own_root() const { return false; }
  /// Whether its container's ids are the caller's, whatever it is asked for.
  [[nodiscard]] virtual bool keeps_ids() const { return false; }
  /// Directories that it wants to find in the rootfs.
  [[nodiscard]] virtual std::vector<std::string> needs_in_root() const {
    return {};
  }
  /// Why it cannot be run on this machine, and what would help.
  [[nodiscard]] virtual Status installed() const { return {}; }

  /// Those of omissions() that this subject does not start with.
  std::vector<const Omission*> omitted;

 protected:
  /// Leaves out of `spec` what it does not start with; what that was.
  std::vector<NotOffered> omit(Spec& spec) const;

  explicit Subject(std::string name) : name_(std::move(name)) {}

 private:
  std::string name_;
};

using SubjectPointer = std::unique_ptr<Subject>;

/// The subject called `text`: a name of the table (subject_names()), a
/// template with {rootfs}, {argv}, {bundle} or {id}, or the path of an OCI
/// runtime. `self_exe` is the program that "bulkhead" stands for.
[[nodiscard]] Result<SubjectPointer> make_subject(const std::string& text,
                                                  const std::string& self_exe);

/// Names that need no path: bulkhead none crun runc bwrap …
[[nodiscard]] std::vector<std::string> subject_names();
/// All of them as a sentence lists them.
[[nodiscard]] std::string all_subject_names();

[[nodiscard]] SubjectPointer make_bulkhead(const std::string& self_exe);
/// …from a child that waits behind its mounts, or one step before exec.
[[nodiscard]] SubjectPointer make_bulkhead_tree(const std::string& self_exe);
[[nodiscard]] SubjectPointer make_bulkhead_parked(const std::string& self_exe);
[[nodiscard]] SubjectPointer make_none();
[[nodiscard]] SubjectPointer make_bwrap();
/// An OCI runtime, run as `PROGRAM --root D FLAGS… run --bundle B ID`.
struct OciProgram {
  std::string name;
  std::string program;
  std::vector<std::string> flags;
  std::string package;  ///< Debian's; empty: where it is, the user said.
  /// Parts of any bundle that it passes over in silence.
  std::vector<NotOffered> ignores = {};
  /// False: of a bind's submounts it can only say "ro" of the topmost.
  bool knows_rro = true;
  /// Memory of its own that the workload's limit counts as well.
  std::int64_t own_memory_bytes = 0;
};
[[nodiscard]] SubjectPointer make_oci(OciProgram program);
[[nodiscard]] SubjectPointer make_runsc();
[[nodiscard]] Result<SubjectPointer> make_template(const std::string& text);

/// Writes `spec`, or `start.config` where there is one, as
/// DIRECTORY/config.json.
[[nodiscard]] Status write_bundle(const std::string& directory,
                                  const Start& start, const Spec& spec);
/// An error that names `package` where PATH has no `program`.
[[nodiscard]] Status find_program(const std::string& program,
                                  const std::string& package);
/// `start.spec` with `start.without` taken out.
[[nodiscard]] Spec weakened(const Start& start);

}  // namespace bulkhead::verify
