#include <algorithm>
#include <filesystem>

#include "runtime/spec/binfmt.h"
#include "runtime/spec/flags_problems.h"
#include "runtime/spec/mount_options.h"
#include "runtime/spec/paths.h"

namespace bulkhead::flags {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == std::string::npos) return parts;
    begin = end + 1;
  }
}

/// The flags' short words for mount options.
std::string option_of(const std::string& word) {
  if (word == "rec") return "rbind";
  if (word.starts_with("inodes=")) return "nr_" + word;
  return word;
}

void apply_options(std::string_view flag, const std::string& value,
                   const std::string& words, Mount& mount, Problems& problems) {
  for (const std::string& word : split(words, ',')) {
    const OptionProblem problem = apply_mount_option(option_of(word), mount);
    if (!problem.empty()) problems.add(flag, value, problem.text);
  }
}

/// In the place of what is mounted there already, or last.
void put(Mount mount, Spec& spec) {
  mount.destination = clean_path(mount.destination);
  const auto same = std::find_if(
      spec.mounts.begin(), spec.mounts.end(), [&](const Mount& other) {
        return clean_path(other.destination) == mount.destination;
      });
  if (same != spec.mounts.end()) {
    *same = std::move(mount);
  } else {
    spec.mounts.push_back(std::move(mount));
  }
}

void apply_bind(const std::string& value, Spec& spec, Problems& problems) {
  const std::vector<std::string> parts = split(value, ':');
  if (parts.size() < 2 || parts.size() > 3 || parts[0].empty()) {
    problems.add("--bind", value, "SRC:DST[:OPTION,…] is wanted");
    return;
  }
  Mount mount;
  mount.source = absolute_path(parts[0]);
  mount.destination = parts[1];
  mount.read_only = true;
  const std::string problem = container_path_problem(mount.destination);
  if (!problem.empty()) {
    problems.add("--bind", value, "the destination " + problem);
    return;
  }
  if (parts.size() == 3) {
    apply_options("--bind", value, parts[2], mount, problems);
  }
  put(std::move(mount), spec);
}

void apply_tmpfs(const std::string& value, Spec& spec, Problems& problems) {
  const std::size_t colon = value.find(':');
  Mount mount;
  mount.kind = MountKind::kTmpfs;
  mount.destination = value.substr(0, colon);
  mount.noexec = true;
  mount.mode = 01777;
  mount.size_bytes = kDefaultTmpfsBytes;
  mount.inodes = kDefaultTmpfsInodes;
  const std::string problem = container_path_problem(mount.destination);
  if (!problem.empty()) {
    problems.add("--tmpfs", value, "the destination " + problem);
    return;
  }
  if (colon != std::string::npos) {
    apply_options("--tmpfs", value, value.substr(colon + 1), mount, problems);
  }
  put(std::move(mount), spec);
}

void apply_paths(std::string_view flag, const std::vector<std::string>& values,
                 std::vector<std::string>& target, Problems& problems) {
  for (const std::string& value : values) {
    const std::string problem = container_path_problem(value);
    if (problem.empty()) {
      target.push_back(clean_path(value));
    } else {
      problems.add(flag, value, problem);
    }
  }
}

void apply_binfmts(const std::vector<std::string>& values, Spec& spec,
                   Problems& problems) {
  for (const std::string& value : values) {
    const std::size_t equals = value.find('=');
    if (equals == std::string::npos || equals + 1 == value.size()) {
      problems.add("--binfmt", value,
                   "ARCH=FILE is wanted, such as "
                   "aarch64=/usr/bin/qemu-aarch64-static");
      continue;
    }
    const std::string arch = value.substr(0, equals);
    if (elf_format_named(arch) == nullptr) {
      problems.add("--binfmt", value,
                   "one of " + elf_format_names() + " is wanted before the =");
    } else if (!spec.binfmt
                    .emplace(arch, absolute_path(value.substr(equals + 1)))
                    .second) {
      problems.add("--binfmt", value, arch + " has an interpreter already");
    }
  }
}

}  // namespace

std::string absolute_path(const std::string& path) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  return error ? path : clean_path(absolute.string());
}

void apply_mounts(const SpecFlags& flags, Spec& spec, Problems& problems) {
  apply_binfmts(flags.binfmts, spec, problems);
  if (flags.read_write && flags.read_only) {
    problems.add("--rw", "--ro", "only one of the two");
  }
  if (flags.read_write) spec.rootfs.read_only = false;
  if (flags.read_only) spec.rootfs.read_only = true;
  if (flags.rootfs.empty()) {
    problems.add("--rootfs", "", "a directory is wanted");
  } else {
    spec.rootfs.path = absolute_path(flags.rootfs);
  }
  if (spec.rootfs.path == "/") {
    // The host's own root is not an image: nobody may read its private files.
    spec.rootfs.idmap = false;
  } else {
    spec.rootfs.pivot = true;
  }
  for (const std::string& value : flags.binds) {
    apply_bind(value, spec, problems);
  }
  for (const std::string& value : flags.tmpfses) {
    apply_tmpfs(value, spec, problems);
  }
  apply_paths("--mask", flags.masked_paths, spec.masked_paths, problems);
  apply_paths("--readonly-path", flags.readonly_paths, spec.readonly_paths,
              problems);
}

}  // namespace bulkhead::flags
