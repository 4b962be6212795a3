#include "runtime/parent/id_maps.h"

#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "runtime/base/file.h"
#include "runtime/parent/clone.h"

namespace bulkhead {
namespace {

std::string map_text(const std::vector<IdMapping>& maps) {
  std::string text;
  for (const IdMapping& map : maps) {
    text += std::to_string(map.container_id) + " " +
            std::to_string(map.host_id) + " " + std::to_string(map.size) + "\n";
  }
  return text;
}

Status write_directly(const Plan& plan, const ChildProc& proc) {
  const int directory = proc.directory.get();
  if (plan.deny_setgroups) {
    // Before the gid map: CVE-2014-8989.
    if (Status status = write_file_at(directory, "setgroups", "deny");
        !status) {
      return status;
    }
  }
  if (Status status =
          write_file_at(directory, "gid_map", map_text(plan.spec.gid_mappings));
      !status) {
    return status;
  }
  return write_file_at(directory, "uid_map", map_text(plan.spec.uid_mappings));
}

Status run_helper(const char* program, pid_t pid,
                  const std::vector<IdMapping>& maps) {
  std::vector<std::string> words = {program, std::to_string(pid)};
  for (const IdMapping& map : maps) {
    words.push_back(std::to_string(map.container_id));
    words.push_back(std::to_string(map.host_id));
    words.push_back(std::to_string(map.size));
  }
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t helper = -1;
  const int error =
      posix_spawnp(&helper, program, nullptr, nullptr, argv.data(), environ);
  if (error != 0) {
    return fail(std::string("userns: ") + program, error,
                "install the package uidmap");
  }
  int status = 0;
  while (waitpid(helper, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return fail(std::string("userns: ") + program + " refused the map " +
                  trimmed(map_text(maps)),
              0,
              "the host ids must be in this user's lines of /etc/subuid and "
              "/etc/subgid");
}

}  // namespace

Status write_id_maps(const Plan& plan, const ChildProc& proc) {
  if (plan.id_map_method == IdMapMethod::kHelpers) {
    if (Status status =
            run_helper("newgidmap", proc.pid, plan.spec.gid_mappings);
        !status) {
      return status;
    }
    return run_helper("newuidmap", proc.pid, plan.spec.uid_mappings);
  }
  if (Status status = write_directly(plan, proc); !status) {
    return within("userns", status.error());
  }
  return {};
}

bool has_idmaps(const Plan& plan) {
  return std::ranges::any_of(
      plan.beside, [](const Call& call) { return call.op == Op::kIdmap; });
}

Result<Fd> make_user_namespace(const Plan& plan) {
  const Result<StartMemory> memory = StartMemory::map(false);
  if (!memory) return tl::unexpected(memory.error());
  Call wait;
  wait.op = Op::kAwaitParent;
  child::ChildPlan nothing = {&wait, 1, memory->state()};
  CloneRequest request;
  request.flags = CLONE_NEWUSER;
  request.suspend_parent = false;
  const Result<ClonedChild> child = clone_child(request, &nothing, *memory);
  if (!child) return within("userns", child.error());
  const Result<ChildProc> proc = open_child_proc(*child);
  Status status;
  if (proc) {
    status = write_id_maps(plan, *proc);
  } else {
    status = within("userns", proc.error());
  }
  Result<Fd> fd = Fd();
  if (status) fd = open_at(proc->directory.get(), "ns/user", O_RDONLY);
  kill_and_reap(*child);
  if (!status) return tl::unexpected(status.error());
  if (!fd) return within("userns", fd.error());
  return fd;
}

}  // namespace bulkhead
