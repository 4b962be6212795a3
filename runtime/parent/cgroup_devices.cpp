#include "runtime/parent/cgroup_devices.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "runtime/base/fd.h"

namespace bulkhead {
namespace {

/// The verifier gives up with EAGAIN when a signal comes in (do_check() of
/// kernel/bpf/verifier.c); libbpf tries as often.
constexpr int kAttempts = 5;

Fd load_program(bpf_attr& load) {
  Fd program;
  for (int attempt = 0; attempt < kAttempts && !program; ++attempt) {
    program = Fd(
        static_cast<int>(syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load)));
    if (!program && errno != EAGAIN) break;
  }
  return program;
}

/// The kernel's number of a loaded program.
Result<std::uint32_t> id_of(const Fd& program) {
  bpf_prog_info info{};
  bpf_attr ask{};
  ask.info.bpf_fd = static_cast<std::uint32_t>(program.get());
  ask.info.info_len = sizeof info;
  ask.info.info = reinterpret_cast<std::uint64_t>(&info);
  if (syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &ask, sizeof ask) != 0) {
    return fail("devices: bpf(BPF_OBJ_GET_INFO_BY_FD)", errno);
  }
  return info.id;
}

/// That `program` is what the new cgroup decides by. None has the number 0.
Status read_back(const Fd& cgroup, const Fd& program) {
  const Result<std::uint32_t> id = id_of(program);
  if (!id) return tl::unexpected(id.error());
  std::uint32_t attached = 0;
  bpf_attr ask{};
  ask.query.target_fd = static_cast<std::uint32_t>(cgroup.get());
  ask.query.attach_type = BPF_CGROUP_DEVICE;
  ask.query.prog_ids = reinterpret_cast<std::uint64_t>(&attached);
  ask.query.prog_cnt = 1;
  if (syscall(SYS_bpf, BPF_PROG_QUERY, &ask, sizeof ask) != 0) {
    return fail("devices: bpf(BPF_PROG_QUERY)", errno);
  }
  if (attached == 0 || attached != *id) {
    return fail("devices: read-back: the cgroup has the program " +
                    std::to_string(attached) + ", not " + std::to_string(*id),
                0,
                "something answers bpf(2) in the kernel's place: start "
                "outside of it");
  }
  return {};
}

}  // namespace

Status attach_device_program(const std::string& directory,
                             const std::vector<std::uint64_t>& program) {
  const Fd cgroup(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!cgroup) return fail("devices: open " + directory, errno);
  bpf_attr load{};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = reinterpret_cast<std::uint64_t>(program.data());
  load.insn_cnt = static_cast<std::uint32_t>(program.size());
  load.license = reinterpret_cast<std::uint64_t>("GPL");
  const Fd loaded = load_program(load);
  if (!loaded) return fail("devices: bpf(BPF_PROG_LOAD)", errno);
  bpf_attr attach{};
  attach.target_fd = static_cast<std::uint32_t>(cgroup.get());
  attach.attach_bpf_fd = static_cast<std::uint32_t>(loaded.get());
  attach.attach_type = BPF_CGROUP_DEVICE;
  if (syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach) != 0) {
    return fail("devices: bpf(BPF_PROG_ATTACH)", errno);
  }
  return read_back(cgroup, loaded);
}

}  // namespace bulkhead
