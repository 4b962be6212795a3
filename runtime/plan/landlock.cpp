// landlock: what the workload may reach, once more, by inode and not by name.
// The ruleset is made while the places can still be opened by the container's
// root, and put in force as the last thing before the filter: nothing of the
// start itself has to pass it.
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>

#include "runtime/plan/builder.h"
#include "runtime/plan/landlock_rights.h"
#include "runtime/spec/paths.h"

namespace bulkhead {
namespace {

using namespace landlock;

constexpr std::int64_t kRulePathBeneath = 1;
constexpr std::int64_t kRuleNetPort = 2;
// ABI 7: the start's own try below is not worth a line in the audit log, what
// the workload is refused is.
constexpr std::int64_t kLogSameExecOff = 1U << 0;
constexpr std::int64_t kLogNewExecOn = 1U << 1;

/// The rights over a place that may be changed: all but the nodes that nobody
/// may make anyway. (The one that takes no capability, 0:0, is a whiteout, and
/// kernels of 2026 exempt it.)
std::uint64_t changing(const Spec& spec) {
  const auto& sets = spec.process.capabilities;
  const bool nodes = !sets || (sets->permitted >> CAP_MKNOD & 1) != 0;
  return (kAllOfAbi1 | kRefer | kTruncate | kIoctlDev) &
         ~(nodes ? 0 : static_cast<std::uint64_t>(kMakeChar | kMakeBlock));
}

class Rules {
 public:
  Rules(Builder& builder, StepBuilder& step, int ruleset, Attributes handled)
      : builder_(builder), step_(step), ruleset_(ruleset), handled_(handled) {}

  /// What is at `path` inside, and all beneath it.
  void beneath(const std::string& path, std::uint64_t access, int absent = 0) {
    at(value(AT_FDCWD), path, access, absent);
  }

  void at(Argument directory, const std::string& path, std::uint64_t access,
          int absent = 0) {
    const int slot = builder_.slot();
    step_
        .call(SYS_openat, "open(" + path + ", O_PATH)",
              {directory, builder_.text(path), value(O_PATH | O_CLOEXEC)})
        .into(slot);
    if (absent != 0) step_.or_next_step(absent);
    add(slot_value(slot), path, access);
    step_.call(SYS_close, "close", {slot_value(slot)});
  }

  void add(Argument descriptor, const std::string& what, std::uint64_t access,
           int not_a_file = 0) {
    const std::uint64_t allowed = access & handled_.files;
    step_.fill_scratch(
        {reinterpret_cast<const char*>(&allowed), sizeof allowed}, descriptor);
    step_.call(
        SYS_landlock_add_rule,
        "landlock_add_rule(" + what + ": " + words_of(access) + ")",
        {slot_value(ruleset_), value(kRulePathBeneath), scratch(), value(0)});
    if (not_a_file != 0) step_.tolerate(not_a_file);
  }

  void port(std::uint16_t number, std::uint64_t access, const char* what) {
    const std::uint64_t attributes[] = {access, number};
    step_.call(SYS_landlock_add_rule,
               std::string("landlock_add_rule(") + what + " " +
                   std::to_string(number) + ")",
               {slot_value(ruleset_), value(kRuleNetPort),
                builder_.text({reinterpret_cast<const char*>(attributes),
                               sizeof attributes}),
                value(0)});
  }

 private:
  static std::string words_of(std::uint64_t access) {
    std::string words;
    if ((access & kReadFile) != 0) words += "read ";
    if ((access & kExecute) != 0) words += "execute ";
    if ((access & kWriteFile) != 0) words += "write ";
    if ((access & kRefer) != 0) words += "make remove ";
    words.pop_back();
    return words;
  }

  Builder& builder_;
  StepBuilder& step_;
  int ruleset_;
  Attributes handled_;
};

/// Whether something that is mounted later hides the place.
bool hidden(const std::vector<Mount>& mounts, std::size_t index) {
  return std::any_of(mounts.begin() + static_cast<std::ptrdiff_t>(index) + 1,
                     mounts.end(), [&](const Mount& later) {
                       return is_under(mounts[index].destination,
                                       later.destination);
                     });
}

void add_mount_rules(const Builder& builder, Rules& rules) {
  const std::vector<Mount>& mounts = builder.spec.mounts;
  const std::uint64_t all = kReading | changing(builder.spec);
  for (std::size_t i = 0; i < mounts.size(); ++i) {
    const Mount& mount = mounts[i];
    bool directory = true;
    bool node = false;
    if (mount.kind == MountKind::kBind) {
      const auto tree = builder.bind_trees.find(mount.destination);
      if (tree == builder.bind_trees.end()) continue;
      struct stat info {};
      directory = tree->second.directory;
      // A pipe or device may be written to on a read-only mount as well.
      node = !directory && stat(mount.source.c_str(), &info) == 0 &&
             !S_ISREG(info.st_mode);
    }
    if ((mount.read_only && !node) || hidden(mounts, i)) continue;
    rules.beneath(mount.destination, directory ? all : all & kOfFiles);
  }
}

/// Its standard streams are a workload's to open again, at /dev/stdout:
/// files and terminals of the caller's, which are beneath nothing inside.
void add_stream_rules(Rules& rules) {
  for (int fd = 0; fd <= 2; ++fd) {
    struct stat info {};
    if (fstat(fd, &info) != 0) continue;
    if (!S_ISREG(info.st_mode) && !S_ISCHR(info.st_mode)) continue;
    // A start may hand over another stream: a pipe needs no rule.
    rules.add(value(fd), "descriptor " + std::to_string(fd),
              kOfFiles & ~static_cast<std::uint64_t>(kExecute), EBADFD);
  }
}

void add_file_rules(Builder& builder, Rules& rules) {
  const Spec& spec = builder.spec;
  const bool whole = !spec.rootfs.pivot || !spec.rootfs.read_only;
  const std::uint64_t all = kReading | changing(spec);
  rules.beneath("/", whole ? all : kReading);
  add_stream_rules(rules);
  if (!spec.rootfs.pivot) return;
  if (spec.minimal_dev) rules.beneath("/dev", all);
  add_mount_rules(builder, rules);
  // Without no_new_privs the domain comes before the capabilities go, and how
  // they are read back is its only exception.
  if (!spec.process.no_new_privs) {
    rules.at(slot_value(builder.proc_slot), "self/status", kReadFile);
  }
  // A device node can be written to on a read-only root as well. Last: where
  // there is no /dev, the rest of the step is not needed.
  if (!spec.minimal_dev) {
    rules.beneath("/dev", kOfFiles | kReadDir, ENOENT);
  }
}

/// Whether the supervisor's /proc is beneath nothing that the rules name.
bool proc_is_foreign(const Builder& builder) {
  return builder.spec.rootfs.pivot && builder.is_new(NamespaceKind::kPid) &&
         std::none_of(
             builder.spec.mounts.begin(), builder.spec.mounts.end(),
             [](const Mount& mount) {
               return mount.kind == MountKind::kBind &&
                      (mount.source == "/" || is_under(mount.source, "/proc"));
             });
}

}  // namespace

Status plan_landlock_rules(Builder& builder) {
  if (!builder.spec.landlock) return {};
  const Result<Attributes> wanted = attributes_of(builder);
  if (!wanted) return tl::unexpected(wanted.error());
  if (wanted->files == 0 && wanted->net == 0 && wanted->scope == 0) return {};
  const int abi = builder.host.landlock_abi;
  const std::size_t size = abi >= kAbiScope ? sizeof *wanted
                           : abi >= kAbiTcp ? 16
                                            : 8;
  builder.landlock_slot = builder.slot();
  StepBuilder step = builder.step(
      "landlock.rules", Boundary::kLandlock, Side::kChild,
      "What may be reached, by inode: a descriptor from outside opens nothing.",
      "--landlock none does without");
  step.call(SYS_landlock_create_ruleset, "landlock_create_ruleset()",
            {builder.text({reinterpret_cast<const char*>(&*wanted), size}),
             value(static_cast<std::int64_t>(size)), value(0)})
      .into(builder.landlock_slot);
  Rules rules(builder, step, builder.landlock_slot, *wanted);
  const Landlock& asked = *builder.spec.landlock;
  if (wanted->net != 0) {
    for (const std::uint16_t port :
         asked.tcp_bind.value_or(std::set<std::uint16_t>{})) {
      rules.port(port, kBindTcp, "bind TCP");
    }
    for (const std::uint16_t port :
         asked.tcp_connect.value_or(std::set<std::uint16_t>{})) {
      rules.port(port, kConnectTcp, "connect TCP");
    }
  }
  if (wanted->files != 0) add_file_rules(builder, rules);
  builder.landlock_files = wanted->files != 0;
  return {};
}

void plan_landlock(Builder& builder) {
  if (builder.landlock_slot < 0) return;
  const bool log = builder.host.landlock_abi >= kAbiLog;
  StepBuilder step =
      builder.step("landlock.restrict", Boundary::kLandlock, Side::kChild,
                   "For good, and for every process that follows.",
                   "it takes no_new_privs or CAP_SYS_ADMIN");
  step.call(SYS_landlock_restrict_self,
            log ? "landlock_restrict_self(LOG_SAME_EXEC_OFF | LOG_NEW_EXEC_ON)"
                : "landlock_restrict_self()",
            {slot_value(builder.landlock_slot),
             value(log ? kLogSameExecOff | kLogNewExecOn : 0)});
  if (!builder.landlock_files || !proc_is_foreign(builder)) return;
  // The kernel tells nobody in which domain he is, so it is tried: what was
  // read a moment ago must be refused now.
  step.call(SYS_openat,
            "open(the supervisor's /proc/self/stat): must be EACCES",
            {slot_value(builder.proc_slot), builder.text("self/stat"),
             value(O_RDONLY | O_CLOEXEC)})
      .tolerate(EACCES)
      .expect(-1);
}

}  // namespace bulkhead
