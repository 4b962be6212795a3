// bubblewrap: the spec as a command line, as far as its flags go.
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "runtime/spec/names.h"
#include "verify/bpf.h"
#include "verify/subject.h"

namespace bulkhead::verify {
namespace {

class CommandLine {
 public:
  explicit CommandLine(const Spec& spec) : spec_(spec) {}

  template <class... Words>
  void add(const Words&... words) {
    (invocation_.argv.emplace_back(words), ...);
  }
  void lacks(Boundary boundary, const char* what) {
    invocation_.not_offered.push_back({boundary, what});
  }
  [[nodiscard]] bool asks(NamespaceKind kind) const {
    return spec_.ns(kind).mode == NamespaceMode::kNew;
  }

  void namespaces() {
    using enum NamespaceKind;
    constexpr std::pair<NamespaceKind, const char*> kFlags[] = {
        {kUser, "--unshare-user"}, {kIpc, "--unshare-ipc"},
        {kPid, "--unshare-pid"},   {kNet, "--unshare-net"},
        {kUts, "--unshare-uts"},   {kCgroup, "--unshare-cgroup"}};
    for (const auto& [kind, flag] : kFlags) {
      if (asks(kind)) add(flag);
    }
    if (asks(kTime)) lacks(Boundary::kTimens, "time namespace");
    if (asks(kUser)) {
      add("--uid", std::to_string(spec_.process.uid));
      add("--gid", std::to_string(spec_.process.gid));
      lacks(Boundary::kUserns, "id maps of more than one id");
    }
  }

  void root() {
    if (!spec_.rootfs.pivot) {
      add("--dev-bind", "/", "/");
    } else {
      add(spec_.rootfs.read_only ? "--ro-bind" : "--bind", spec_.rootfs.path,
          "/");
    }
  }

  void mounts() {
    if (spec_.minimal_dev) add("--dev", "/dev");
    for (const Mount& mount : spec_.mounts) one_mount(mount);
    masks();
    lacks(Boundary::kRootfs, "noexec and inode limits of mounts");
    if (!spec_.readonly_paths.empty())
      lacks(Boundary::kRootfs, "read-only paths");
  }

  void one_mount(const Mount& mount) {
    const std::string& where = mount.destination;
    switch (mount.kind) {
      case MountKind::kBind:
        add(mount.read_only ? "--ro-bind" : "--dev-bind", mount.source, where);
        break;
      case MountKind::kProc:
        add("--proc", where);
        break;
      case MountKind::kTmpfs:
        add("--perms", fmt::format("{:04o}", mount.mode));
        if (mount.size_bytes != 0) {
          add("--size", std::to_string(mount.size_bytes));
        }
        add("--tmpfs", where);
        break;
      case MountKind::kMqueue:
        add("--mqueue", where);
        break;
      case MountKind::kDevpts:
        break;  // Part of --dev.
      case MountKind::kSysfs:
        lacks(Boundary::kRootfs, "sysfs mount");
        break;
      case MountKind::kCgroup:
        lacks(Boundary::kCgroup, "cgroup mount");
        break;
    }
  }

  /// The crash box's own /proc shows which masked paths are directories.
  void masks() {
    for (const std::string& path : spec_.masked_paths) {
      struct stat status {};
      if (!path.starts_with("/proc/") || stat(path.c_str(), &status) != 0) {
        continue;
      }
      if (S_ISDIR(status.st_mode)) {
        add("--tmpfs", path, "--remount-ro", path);
      } else {
        add("--ro-bind", "/dev/null", path);
      }
    }
  }

  void process() {
    const Process& process = spec_.process;
    if (spec_.hostname && asks(NamespaceKind::kUts)) {
      add("--hostname", *spec_.hostname);
    }
    add("--die-with-parent");
    if (spec_.session.setsid) add("--new-session");
    if (spec_.session.clean_environment) add("--clearenv");
    for (const std::string& variable : process.environment) {
      const auto equals = variable.find('=');
      if (equals == std::string::npos) continue;
      add("--setenv", variable.substr(0, equals), variable.substr(equals + 1));
    }
    add("--chdir", process.cwd);
    if (process.capabilities) {
      add("--cap-drop", "ALL");
      for (const auto& name :
           capability_names(process.capabilities->effective)) {
        add("--cap-add", name);
      }
    }
    lacks(Boundary::kFds, "closing inherited descriptors");
    if (spec_.session.new_keyring) lacks(Boundary::kSession, "session keyring");
    if (process.umask) lacks(Boundary::kSession, "umask");
    if (process.oom_score_adj) lacks(Boundary::kSession, "OOM score");
    if (!process.rlimits.empty()) lacks(Boundary::kRlimits, "rlimits");
    if (spec_.resources.any_limit()) lacks(Boundary::kCgroup, "cgroup limits");
    if (!spec_.resources.devices.empty())
      lacks(Boundary::kDevices, "device cgroup");
    if (!spec_.sysctls.empty()) lacks(Boundary::kNetns, "sysctls");
    if (spec_.domainname) lacks(Boundary::kUtsns, "domain name");
  }

  Status filter() {
    if (!spec_.seccomp) return {};
    auto program = compile_bpf(*spec_.seccomp);
    if (!program) return tl::unexpected(program.error());
    add("--seccomp", std::to_string(program->get()));
    invocation_.inherited.push_back(std::move(*program));
    return {};
  }

  Invocation finish() && {
    add("--");
    const auto& argv = spec_.process.argv;
    invocation_.argv.insert(invocation_.argv.end(), argv.begin(), argv.end());
    return std::move(invocation_);
  }

 private:
  const Spec& spec_;
  Invocation invocation_{.argv = {"bwrap"}};
};

class Bwrap : public Subject {
 public:
  Bwrap() : Subject("bwrap") {}

  std::vector<std::string> version_command() const override {
    return {"bwrap", "--version"};
  }

  Status installed() const override {
    return find_program("bwrap", "bubblewrap");
  }

  Result<Invocation> prepare(const Start& start) const override {
    const Spec spec = weakened(start);
    CommandLine line(spec);
    line.namespaces();
    line.root();
    line.mounts();
    line.process();
    if (auto done = line.filter(); !done) {
      return within("bwrap", done.error());
    }
    return std::move(line).finish();
  }
};

}  // namespace

SubjectPointer make_bwrap() { return std::make_unique<Bwrap>(); }

}  // namespace bulkhead::verify
