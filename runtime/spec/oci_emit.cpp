#include "runtime/spec/oci_emit.h"

#include "runtime/spec/mount_options.h"
#include "runtime/spec/names.h"
#include "runtime/spec/oci.h"

namespace bulkhead {
namespace oci {
namespace {

Json emit_user(const Process& process) {
  Json user = {{"uid", process.uid}, {"gid", process.gid}};
  if (process.umask) user["umask"] = *process.umask;
  if (!process.additional_gids.empty()) {
    user["additionalGids"] = process.additional_gids;
  }
  return user;
}

Json emit_capabilities(const Capabilities& capabilities) {
  return {{"bounding", capability_names(capabilities.bounding)},
          {"effective", capability_names(capabilities.effective)},
          {"permitted", capability_names(capabilities.permitted)},
          {"inheritable", capability_names(capabilities.inheritable)},
          {"ambient", capability_names(capabilities.ambient)}};
}

}  // namespace

Json emit_process(const Process& process, const Labels& labels) {
  Json json = {{"terminal", false},
               {"user", emit_user(process)},
               {"args", process.argv},
               {"env", process.environment},
               {"cwd", process.cwd}};
  if (process.capabilities) {
    json["capabilities"] = emit_capabilities(*process.capabilities);
  }
  if (!process.rlimits.empty()) {
    Json rlimits = Json::array();
    for (const Rlimit& rlimit : process.rlimits) {
      rlimits.push_back({{"type", rlimit_name(rlimit.resource)},
                         {"hard", rlimit.hard},
                         {"soft", rlimit.soft}});
    }
    json["rlimits"] = std::move(rlimits);
  }
  json["noNewPrivileges"] = process.no_new_privs;
  if (process.oom_score_adj) json["oomScoreAdj"] = *process.oom_score_adj;
  if (!labels.apparmor.empty()) json["apparmorProfile"] = labels.apparmor;
  if (!labels.selinux.empty()) json["selinuxLabel"] = labels.selinux;
  return json;
}

Json emit_mounts(const Spec& spec) {
  Json mounts = Json::array();
  if (spec.minimal_dev) {
    mounts.push_back(
        {{"destination", "/dev"},
         {"type", "tmpfs"},
         {"source", "tmpfs"},
         {"options", {"nosuid", "strictatime", "mode=755", "size=65536k"}}});
  }
  for (const Mount& mount : spec.mounts) {
    const std::string type(name_of(mount.kind));
    const bool bind = mount.kind == MountKind::kBind;
    mounts.push_back({{"destination", mount.destination},
                      {"type", type},
                      {"source", bind ? mount.source : type},
                      {"options", mount_options(mount)}});
  }
  return mounts;
}

}  // namespace oci

std::string emit_oci(const Spec& spec) {
  oci::Json json;
  json["ociVersion"] = spec.oci_version;
  json["process"] = oci::emit_process(spec.process, spec.labels);
  json["root"] = {{"path", spec.rootfs.pivot ? spec.rootfs.path : "/"},
                  {"readonly", spec.rootfs.read_only}};
  if (spec.hostname) json["hostname"] = *spec.hostname;
  if (spec.domainname) json["domainname"] = *spec.domainname;
  json["mounts"] = oci::emit_mounts(spec);
  json["linux"] = oci::emit_linux(spec);
  if (spec.landlock) {
    json["annotations"][kLandlockAnnotation] = oci::emit_landlock(spec);
  }
  if (!spec.binfmt.empty()) {
    json["annotations"][kBinfmtAnnotation] = oci::emit_binfmt(spec);
  }
  // Bytes that are not UTF-8 (a path may hold them) must not throw.
  return json.dump(2, ' ', false, oci::Json::error_handler_t::replace) + "\n";
}

}  // namespace bulkhead
