// Subjects that take the spec as an OCI bundle, and the reference itself.
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>

#include "runtime/spec/oci.h"
#include "runtime/spec/without.h"
#include "verify/facts.h"
#include "verify/subject.h"

namespace bulkhead::verify {
namespace {

/// bulkhead run --bundle DIR [--unsafe --without B …] ID: the one subject that
/// takes boundaries out by itself, also those that OCI has no word for.
class Bulkhead : public Subject {
 public:
  Bulkhead(std::string name, std::string program, std::string way)
      : Subject(std::move(name)),
        program_(std::move(program)),
        way_(std::move(way)) {}

  std::vector<std::string> version_command() const override {
    return {program_, "--version"};
  }

  Result<Invocation> prepare(const Start& start) const override {
    const std::string bundle = start.directory + "/bundle";
    if (auto done = write_bundle(bundle, start, start.spec); !done) {
      return tl::unexpected(done.error());
    }
    Invocation invocation{.argv = {program_, "run", "--bundle", bundle}};
    if (!way_.empty()) {
      invocation.argv.emplace_back("--start");
      invocation.argv.push_back(way_);
    }
    if (!start.without.empty() || !start.skip.empty()) {
      invocation.argv.emplace_back("--unsafe");
    }
    for (const std::string& step : start.skip) {
      invocation.argv.emplace_back("--skip");
      invocation.argv.push_back(step);
    }
    for (const Boundary boundary : start.without) {
      invocation.argv.emplace_back("--without");
      invocation.argv.emplace_back(bulkhead::name_of(boundary));
    }
    invocation.argv.push_back(start.id);
    return invocation;
  }

  bool maps_its_root() const override { return true; }
  bool is_asked(Boundary) const override { return true; }
  std::vector<std::string> programs() const override { return {program_}; }

 private:
  std::string program_;
  std::string way_;  ///< `run --start`; empty: as usual.
};

/// Boundaries for whose removal a bundle has no word.
bool outside_oci(Boundary boundary) {
  using enum Boundary;
  return boundary == kFds || boundary == kSession;
}

/// An OCI runtime always enters its root. What a bundle can leave out of the
/// boundary is everything that makes the root more than a directory.
void open_rootfs(Spec& spec) {
  spec.rootfs.read_only = false;
  spec.masked_paths.clear();
  spec.readonly_paths.clear();
  for (Mount& mount : spec.mounts) {
    mount.read_only = mount.nosuid = mount.nodev = mount.noexec = false;
    if (mount.kind == MountKind::kTmpfs) mount.size_bytes = kMemoryBytes * 4;
  }
}

/// The spec without the boundaries, as a bundle can say it.
Spec weakened_bundle(const Start& start) {
  Spec spec = start.spec;
  for (const Boundary boundary : start.without) {
    if (boundary == Boundary::kRootfs) {
      open_rootfs(spec);
    } else if (boundary == Boundary::kMountns) {
      // Its mounts then land in the box's namespace, which a user namespace
      // of its own would not be allowed to change.
      spec.ns(NamespaceKind::kMount) = {};
      remove_boundary(spec, Boundary::kUserns);
    } else {
      remove_boundary(spec, boundary);
    }
  }
  return spec;
}

/// The bundle that asks for `spec`, but for what is mounted below a bind.
nlohmann::json without_rro(const Spec& spec) {
  auto config = nlohmann::json::parse(emit_oci(spec));
  for (auto& mount : config["mounts"]) {
    if (!mount.contains("options")) continue;
    for (auto& option : mount["options"]) {
      if (option == "rro") option = "ro";
    }
  }
  return config;
}

class OciRuntime : public Subject {
 public:
  explicit OciRuntime(OciProgram program)
      : Subject(program.name), program_(std::move(program)) {}

  std::vector<std::string> version_command() const override {
    return {program_.program, "--version"};
  }

  Result<Invocation> prepare(const Start& start) const override {
    Spec spec = weakened_bundle(start);
    Invocation invocation{.not_offered = omit(spec)};
    std::ranges::copy(program_.ignores,
                      std::back_inserter(invocation.not_offered));
    if (spec.resources.memory_max_bytes && program_.own_memory_bytes != 0) {
      *spec.resources.memory_max_bytes += program_.own_memory_bytes;
      invocation.not_offered.push_back(
          {Boundary::kCgroup, "a memory limit of the workload alone"});
    }
    // Nobody's own config asks for what OCI has no word for.
    if (start.config.is_null() && (spec.rootfs.nosuid || spec.rootfs.nodev)) {
      invocation.not_offered.push_back(
          {Boundary::kRootfs, "nosuid and nodev on the root"});
    }
    for (const Boundary boundary : start.without) {
      if (!outside_oci(boundary)) continue;
      invocation.not_offered.push_back(
          {boundary, "--without " + std::string(bulkhead::name_of(boundary))});
    }
    const std::string bundle = start.directory + "/bundle";
    const std::string state = start.directory + "/state";
    Start told = start;
    const NotOffered below{Boundary::kRootfs, kReadOnlyBelow};
    if (!program_.knows_rro) invocation.not_offered.push_back(below);
    if (start.config.is_null() &&
        std::ranges::count(invocation.not_offered, below) != 0) {
      told.config = without_rro(spec);
    }
    if (auto done = write_bundle(bundle, told, spec); !done) {
      return tl::unexpected(done.error());
    }
    if (mkdir(state.c_str(), 0700) != 0) return fail("mkdir " + state, errno);
    invocation.argv = {program_.program, "--root", state};
    std::ranges::copy(program_.flags, std::back_inserter(invocation.argv));
    std::ranges::copy(
        std::array<std::string, 4>{"run", "--bundle", bundle, start.id},
        std::back_inserter(invocation.argv));
    return invocation;
  }

  bool takes_omissions() const override { return true; }
  bool stays_on_root(const Start&) const override { return false; }
  Status installed() const override {
    if (program_.package.empty()) return {};
    return find_program(program_.program, program_.package);
  }

  std::vector<std::string> programs() const override {
    return {program_.program};
  }

 private:
  OciProgram program_;
};

}  // namespace

SubjectPointer make_bulkhead(const std::string& self_exe) {
  return std::make_unique<Bulkhead>("bulkhead", self_exe, "");
}

SubjectPointer make_bulkhead_tree(const std::string& self_exe) {
  return std::make_unique<Bulkhead>("bulkhead-tree", self_exe, "tree");
}

SubjectPointer make_bulkhead_parked(const std::string& self_exe) {
  return std::make_unique<Bulkhead>("bulkhead-parked", self_exe, "parked");
}

SubjectPointer make_oci(OciProgram program) {
  return std::make_unique<OciRuntime>(std::move(program));
}

}  // namespace bulkhead::verify
