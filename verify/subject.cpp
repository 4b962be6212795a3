#include "verify/subject.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <utility>

#include "runtime/spec/oci.h"
#include "runtime/spec/without.h"
#include "verify/vocabulary.h"
#include "verify/words.h"

namespace bulkhead::verify {
namespace {

namespace fs = std::filesystem;

struct Named {
  const char* name;
  SubjectPointer (*make)(const std::string& self_exe);
};

/// An OCI runtime that is called like its package.
SubjectPointer make_packaged(const char* name) {
  return make_oci(
      {.name = name, .program = name, .flags = {}, .package = name});
}

constexpr std::array kTable = {
    Named{"bulkhead", make_bulkhead},
    Named{"bulkhead-tree", make_bulkhead_tree},
    Named{"bulkhead-parked", make_bulkhead_parked},
    Named{"none", [](const std::string&) { return make_none(); }},
    Named{"crun", [](const std::string&) { return make_packaged("crun"); }},
    Named{"runc", [](const std::string&) { return make_packaged("runc"); }},
    Named{"bwrap", [](const std::string&) { return make_bwrap(); }},
    Named{"runsc", [](const std::string&) { return make_runsc(); }},
};

/// Those that are data.
constexpr std::array kVocabularies = {&kUnshare, &kNspawn,     &kLxc,
                                      &kPodman,  &kPodmanCrun, &kPodmanRunc,
                                      &kFirejail};

bool omit_namespace(Spec& spec, NamespaceKind kind) {
  if (spec.ns(kind).mode == NamespaceMode::kHost) return false;
  spec.ns(kind) = {};
  return true;
}

bool omit_time_offsets(Spec& spec) {
  const bool had = spec.monotonic_offset || spec.boottime_offset;
  spec.monotonic_offset.reset();
  spec.boottime_offset.reset();
  return had;
}

bool omit_rlimits(Spec& spec) {
  const bool had = !spec.process.rlimits.empty();
  spec.process.rlimits.clear();
  return had;
}

bool omit_mount_options(Spec& spec) {
  bool had = false;
  for (Mount& mount : spec.mounts) {
    had = had || mount.subset_pid || mount.hidepid || mount.idmap ||
          mount.pty_max != 0;
    mount.subset_pid = mount.hidepid = mount.idmap = false;
    mount.pty_max = 0;
  }
  return had;
}

bool omit_mounts(Spec& spec, MountKind kind) {
  return std::erase_if(spec.mounts, [&](const Mount& mount) {
           return mount.kind == kind;
         }) > 0;
}

template <class Value>
bool omit_value(std::optional<Value>& value) {
  const bool had = value.has_value();
  value.reset();
  return had;
}

template <class Value>
bool omit_all(std::vector<Value>& values) {
  const bool had = !values.empty();
  values.clear();
  return had;
}

}  // namespace

const std::vector<Omission>& omissions() {
  using enum Boundary;
  static const std::vector<Omission> kOmissions = {
      {kTimens, "time namespace offsets", omit_time_offsets},
      {kTimens, "time namespace",
       [](Spec& spec) {
         const bool offsets = omit_time_offsets(spec);
         return omit_namespace(spec, NamespaceKind::kTime) || offsets;
       }},
      {kCgroup, "memory.oom.group",
       [](Spec& spec) { return omit_value(spec.resources.oom_group); }},
      {kCgroup, "swap limit",
       [](Spec& spec) { return omit_value(spec.resources.swap_max_bytes); }},
      {kCgroup, "cpuset",
       [](Spec& spec) {
         Resources& limits = spec.resources;
         const bool had =
             !limits.cpuset_cpus.empty() || !limits.cpuset_mems.empty();
         limits.cpuset_cpus.clear();
         limits.cpuset_mems.clear();
         return had;
       }},
      {kCgroup, "limits of disks",
       [](Spec& spec) { return omit_all(spec.resources.io); }},
      {kCgroup, "limits of huge pages",
       [](Spec& spec) { return omit_all(spec.resources.hugepages); }},
      {kRootfs, "mount options subset, hidepid, idmap, max",
       omit_mount_options},
      // Who writes bundles says "ro" in place of "rro": without the mounts
      // below no user namespace may make such a bind.
      {kRootfs, kReadOnlyBelow,
       [](Spec& spec) {
         return std::ranges::any_of(spec.mounts, [](const Mount& mount) {
           return mount.recursive && mount.read_only;
         });
       }},
      {kCgroup, "cgroup mount",
       [](Spec& spec) { return omit_mounts(spec, MountKind::kCgroup); }},
      {kIpcns, "mqueue mount",
       [](Spec& spec) { return omit_mounts(spec, MountKind::kMqueue); }},
      {kUtsns, "domain name",
       [](Spec& spec) { return omit_value(spec.domainname); }},
      {kRlimits, "rlimits", omit_rlimits},
      {kRootfs, "id-mapped root",
       [](Spec& spec) { return std::exchange(spec.rootfs.idmap, false); }},
      {kSeccomp, "the filter",
       [](Spec& spec) { return omit_value(spec.seccomp); }},
      {kUserns, "user namespace",
       [](Spec& spec) {
         const bool had =
             spec.ns(NamespaceKind::kUser).mode != NamespaceMode::kHost;
         share_namespace(spec, NamespaceKind::kUser, {});
         return had;
       }},
  };
  return kOmissions;
}

std::vector<NotOffered> Subject::omit(Spec& spec) const {
  std::vector<NotOffered> left_out;
  for (const Omission* omission : omitted) {
    if (!omission->omit(spec)) continue;
    left_out.push_back({omission->boundary, omission->name});
  }
  return left_out;
}

bool Subject::stays_on_root(const Start& start) const {
  return !weakened(start).rootfs.pivot ||
         std::ranges::find(start.skip, "rootfs.pivot") != start.skip.end();
}

Status find_program(const std::string& program, const std::string& package) {
  const char* path = std::getenv("PATH");
  std::istringstream directories(path == nullptr ? "/bin:/usr/bin" : path);
  for (std::string directory; std::getline(directories, directory, ':');) {
    if (access((directory + "/" + program).c_str(), X_OK) == 0) return {};
  }
  return fail("PATH has no " + program, 0,
              "install the Debian package " + package, ErrorKind::kNotFound);
}

Spec weakened(const Start& start) {
  Spec spec = start.spec;
  for (const Boundary boundary : start.without) {
    remove_boundary(spec, boundary);
  }
  return spec;
}

Status write_bundle(const std::string& directory, const Start& start,
                    const Spec& spec) {
  if (mkdir(directory.c_str(), 0755) != 0) {
    return fail("bundle: mkdir " + directory, errno);
  }
  const std::string path = directory + "/config.json";
  const Fd file(
      open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644));
  std::string text;
  if (start.config.is_null()) {
    text = emit_oci(spec);
  } else {
    nlohmann::json config = start.config;
    config["process"]["args"] = spec.process.argv;
    text = config.dump(2);
  }
  if (!file || write(file.get(), text.data(), text.size()) !=
                   static_cast<ssize_t>(text.size())) {
    return fail("bundle: write " + path, errno);
  }
  return {};
}

std::vector<std::string> subject_names() {
  std::vector<std::string> names;
  names.reserve(std::size(kTable) + std::size(kVocabularies));
  for (const Named& named : kTable) names.emplace_back(named.name);
  for (const Vocabulary* one : kVocabularies) names.emplace_back(one->name);
  return names;
}

std::string all_subject_names() {
  std::string text;
  for (const std::string& name : subject_names()) {
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

Result<SubjectPointer> make_subject(const std::string& text,
                                    const std::string& self_exe) {
  for (const Named& named : kTable) {
    if (text == named.name) return named.make(self_exe);
  }
  for (const Vocabulary* vocabulary : kVocabularies) {
    if (text == vocabulary->name) return make_subject(*vocabulary);
  }
  if (text.find('{') != std::string::npos) return make_template(text);
  std::error_code error;
  const fs::path path = fs::absolute(text, error);
  if (text.find('/') == std::string::npos || error ||
      access(path.c_str(), X_OK) != 0 || !fs::is_regular_file(path, error)) {
    return fail("subject '" + text + "' is no name, template or program", 0,
                "use " + all_subject_names() +
                    ", the path of an OCI runtime, or "
                    "'command {rootfs} {argv}'",
                ErrorKind::kUsage);
  }
  const fs::path program =
      fs::weakly_canonical(path.parent_path(), error) / path.filename();
  return make_oci(
      {.name = text, .program = program, .flags = {}, .package = {}});
}

}  // namespace bulkhead::verify
