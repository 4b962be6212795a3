#include "runtime/spec/flags.h"

#include <CLI/CLI.hpp>

#include "runtime/spec/flags_problems.h"

namespace bulkhead {
namespace {

constexpr const char* kFiles = "Files";
constexpr const char* kNamespaces = "Namespaces";
constexpr const char* kPrivileges = "Privileges";
constexpr const char* kResources = "Resources";
constexpr const char* kProcess = "Process";
constexpr const char* kSabotage = "Sabotage";

template <class T>
void one(CLI::App& app, const char* name, T& target, const char* group,
         const char* type, const char* help) {
  app.add_option(name, target, help)->type_name(type)->group(group);
}

/// May be given again and again, and never swallows the word after its value.
void many(CLI::App& app, const char* name, std::vector<std::string>& target,
          const char* group, const char* type, const char* help) {
  app.add_option(name, target, help)
      ->type_name(type)
      ->group(group)
      ->allow_extra_args(false);
}

void add_files(CLI::App& app, SpecFlags& flags) {
  one(app, "--rootfs", flags.rootfs, kFiles, "DIR",
      "directory that becomes / (default: the host's own)");
  app.add_flag("--rw", flags.read_write, "writable root")->group(kFiles);
  app.add_flag("--ro", flags.read_only, "read-only root")->group(kFiles);
  many(app, "--bind", flags.binds, kFiles, "SRC:DST[:OPT,…]",
       "show a host path inside; read-only, nosuid, nodev unless OPT says rw, "
       "suid, dev; also noexec, rec, idmap");
  many(app, "--tmpfs", flags.tmpfses, kFiles, "DST[:OPT,…]",
       "an empty writable directory: size=64M,inodes=N,mode=1777,exec");
  many(app, "--binfmt", flags.binfmts, kFiles, "ARCH=FILE",
       "run programs of an architecture (uname -m) by a static interpreter of "
       "the host's, such as aarch64=/usr/bin/qemu-aarch64-static; registered "
       "for this container alone");
  many(app, "--mask", flags.masked_paths, kFiles, "PATH", "hide a path");
  many(app, "--readonly-path", flags.readonly_paths, kFiles, "PATH",
       "make a path read-only");
}

void add_namespaces(CLI::App& app, SpecFlags& values) {
  for (std::size_t i = 0; i < kNamespaceKinds; ++i) {
    one(app, flags::kNamespaceFlags[i], values.namespaces[i], kNamespaces,
        "new|host|PATH",
        "a namespace of its own, the host's, or the one at PATH");
  }
  many(app, "--uidmap", values.uid_mappings, kNamespaces, "C:H:N",
       "container uid C is host uid H, for N ids");
  many(app, "--gidmap", values.gid_mappings, kNamespaces, "C:H:N",
       "the same for groups");
  one(app, "--hostname", values.hostname, kNamespaces, "NAME", "host name");
  one(app, "--domainname", values.domainname, kNamespaces, "NAME",
      "NIS domain name");
  many(app, "--sysctl", values.sysctls, kNamespaces, "NAME=VALUE",
       "kernel parameter of one of its namespaces");
}

void add_process(CLI::App& app, SpecFlags& flags) {
  many(app, "--env", flags.environment, kProcess, "NAME=VALUE",
       "environment variable; nothing else is inherited");
  one(app, "--cwd", flags.cwd, kProcess, "DIR", "working directory inside");
  one(app, "--user", flags.user, kProcess, "UID[:GID]", "run as, by number");
  many(app, "--group", flags.groups, kProcess, "GID", "supplementary group");
  one(app, "--umask", flags.umask, kProcess, "OCTAL", "file mode mask");
}

void add_privileges(CLI::App& app, SpecFlags& flags) {
  many(app, "--cap-add", flags.capabilities_added, kPrivileges, "NAME|ALL",
       "grant a capability; the seccomp profile follows");
  many(app, "--cap-drop", flags.capabilities_dropped, kPrivileges, "NAME|ALL",
       "take a capability away");
  one(app, "--no-new-privs", flags.no_new_privs, kPrivileges, "true|false",
      "whether setuid programs gain nothing");
  one(app, "--seccomp", flags.seccomp, kPrivileges, "default|none|FILE",
      "system-call filter; FILE holds an OCI seccomp object");
  one(app, "--seccomp-errno", flags.seccomp_errno, kPrivileges, "NAME|N",
      "what a denied call answers (default: EPERM)");
  many(app, "--seccomp-arch", flags.seccomp_architectures, kPrivileges, "x86",
       "let i386 programs make the default profile's calls as well; without it "
       "their first one ends them");
}

void add_confinement(CLI::App& app, SpecFlags& flags) {
  one(app, "--landlock", flags.landlock, kPrivileges, "mounts|none",
      "Landlock domain: files by what the mounts allow, nothing reached around "
      "them; signals and abstract sockets stay inside");
  many(app, "--landlock-bind", flags.landlock_bind, kPrivileges,
       "PORT|none|any", "TCP port that may be bound, and no other");
  many(app, "--landlock-connect", flags.landlock_connect, kPrivileges,
       "PORT|none|any", "TCP port that may be connected to, and no other");
  one(app, "--apparmor", flags.apparmor, kPrivileges, "PROFILE",
      "AppArmor profile, loaded before, to run under");
  one(app, "--selinux", flags.selinux, kPrivileges, "LABEL",
      "SELinux context to run in");
  one(app, "--mount-label", flags.mount_label, kPrivileges, "LABEL",
      "SELinux context of the files of new mounts");
}

void add_resources(CLI::App& app, SpecFlags& flags) {
  one(app, "--memory", flags.memory, kResources, "SIZE|max",
      "memory limit (K, M, G)");
  one(app, "--swap", flags.swap, kResources, "SIZE|max",
      "swap limit, beside the memory");
  one(app, "--pids", flags.pids, kResources, "N|max", "processes and threads");
  one(app, "--cpus", flags.cpus, kResources, "FLOAT|max",
      "CPU time per wall time: 1.5 is one and a half CPUs");
  one(app, "--cpu-weight", flags.cpu_weight, kResources, "1..10000",
      "share when CPUs are scarce (default: 100)");
  one(app, "--cpuset-cpus", flags.cpuset_cpus, kResources, "LIST",
      "CPUs that it may run on, such as 0-3,5");
  one(app, "--cpuset-mems", flags.cpuset_mems, kResources, "LIST",
      "memory nodes that it may use");
  many(app, "--io-max", flags.io_max, kResources, "DISK:KEY=RATE[,…]",
       "a second's share of a disk (/dev/sda or 8:0): rbps, wbps=SIZE, riops, "
       "wiops=N");
  many(app, "--hugetlb", flags.hugetlb, kResources, "PAGE=SIZE",
       "memory in huge pages of a size, such as 2MB=64M");
  many(app, "--rlimit", flags.rlimits, kResources, "NAME=SOFT[:HARD]",
       "resource limit, such as nofile=1024");
  one(app, "--cgroup-path", flags.cgroups_path, kResources, "PATH",
      "cgroup below each hierarchy's root");
}

void add_sabotage(CLI::App& app, SpecFlags& flags) {
  many(app, "--prefer", flags.prefer, kSabotage, "NAME",
       "boundary or boundary.feature that may be missing");
  many(app, "--without", flags.without, kSabotage, "BOUNDARY",
       "take a boundary out (needs --unsafe)");
  many(
      app, "--skip", flags.skipped_steps, kSabotage, "STEP",
      "leave a step of the plan out, or `readback`: every comparison with what "
      "the kernel shows (needs --unsafe)");
  app.add_flag("--unsafe", flags.unsafe, "yes, weaken it on purpose")
      ->group(kSabotage);
}

}  // namespace

void add_spec_flags(CLI::App& app, SpecFlags& flags) {
  app.add_option("--preset", flags.preset,
                 "what to start from (default: hardened)")
      ->type_name("hardened|oci|none");
  add_files(app, flags);
  add_namespaces(app, flags);
  add_process(app, flags);
  add_privileges(app, flags);
  add_confinement(app, flags);
  add_resources(app, flags);
  add_sabotage(app, flags);
  app.add_option("command", flags.command, "program and arguments, after --")
      ->type_name("");
}

}  // namespace bulkhead
