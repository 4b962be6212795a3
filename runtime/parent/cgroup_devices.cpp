#include "runtime/parent/cgroup_devices.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

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
  return {};
}

}  // namespace bulkhead
