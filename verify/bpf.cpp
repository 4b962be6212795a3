#include "verify/bpf.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/plan/seccomp_compile.h"

namespace bulkhead::verify {

Result<Fd> compile_bpf(const Seccomp& seccomp) {
  const Result<std::string> program = compile_seccomp(seccomp);
  if (!program) return tl::unexpected(program.error());
  Fd memory(memfd_create("seccomp", MFD_CLOEXEC));
  if (!memory) return fail("memfd_create", errno);
  if (write(memory.get(), program->data(), program->size()) !=
      static_cast<ssize_t>(program->size())) {
    return fail("write the filter", errno);
  }
  if (lseek(memory.get(), 0, SEEK_SET) != 0) return fail("lseek", errno);
  return memory;
}

}  // namespace bulkhead::verify
