// lsm: the AppArmor profile and the SELinux context of what is executed next.
// Written to and read back from the supervisor's /proc: an image that mounts a
// tmpfs over its own would swallow the label (CVE-2019-16884, -19921).
#include <fcntl.h>
#include <sys/syscall.h>

#include "runtime/plan/builder.h"
#include "runtime/plan/mount_steps.h"

namespace bulkhead {
namespace {

struct Label {
  const char* step;
  const char* file;
  std::string written;
  std::string shown;
  const char* remedy;
};

void plan_label(Builder& builder, const Label& label) {
  const int slot = builder.slot();
  const std::string path = std::string("self/attr/") + label.file;
  builder
      .step(label.step, Boundary::kLsm, Side::kChild,
            "In force from the exec on, through a /proc that is the "
            "supervisor's: CVE-2019-16884.",
            label.remedy)
      .call(SYS_openat, "open(/proc/" + path + ")",
            {slot_value(builder.proc_slot), builder.text(path),
             value(O_WRONLY | O_CLOEXEC)})
      .into(slot)
      .call(SYS_write, "write " + label.written,
            {slot_value(slot), builder.text(label.written),
             value(static_cast<std::int64_t>(label.written.size()))})
      .expect(static_cast<std::int64_t>(label.written.size()))
      .call(SYS_close, "close", {slot_value(slot)})
      .read_file(builder.proc_slot, path)
      .scratch_equals(label.shown);
}

}  // namespace

void add_mount_label(const Builder& builder,
                     std::vector<FsParameter>& parameters) {
  const std::string& label = builder.spec.labels.mount;
  if (label.empty() || !builder.host.selinux) return;
  parameters.push_back({"context", label});
}

Status plan_lsm(Builder& builder) {
  const Labels& labels = builder.spec.labels;
  if (!labels.apparmor.empty()) {
    if (!builder.host.apparmor) {
      return builder.lacks("lsm.apparmor",
                           "AppArmor is not active on this host",
                           "boot with lsm=…,apparmor");
    }
    // Shown with its mode, "NAME (enforce)", which "unconfined" lacks.
    const std::string shown =
        labels.apparmor + (labels.apparmor == "unconfined" ? "\n" : " (");
    plan_label(builder,
               {"lsm.apparmor", "apparmor/exec", "exec " + labels.apparmor,
                shown, "the profile must be loaded: apparmor_parser -r FILE"});
  }
  if (labels.selinux.empty() && labels.mount.empty()) return {};
  if (!builder.host.selinux) {
    return builder.lacks("lsm.selinux", "SELinux is not active on this host",
                         "boot with security=selinux selinux=1");
  }
  if (!labels.selinux.empty()) {
    plan_label(builder, {"lsm.selinux", "exec", labels.selinux, labels.selinux,
                         "the loaded policy must know the context"});
  }
  return {};
}

}  // namespace bulkhead
