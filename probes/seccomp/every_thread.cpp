// A filter belongs to a thread; only those made later inherit it.
#include <pthread.h>
#include <sys/prctl.h>

#include "probes/support/filter.h"
#include "probes/support/ordinary.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_every_thread {
namespace {

void* look(void* into) {
  *static_cast<Called*>(into) = called(prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
  return nullptr;
}

Observation attempt(Inside&) {
  Called mode;
  pthread_t thread{};
  const int error = pthread_create(&thread, nullptr, look, &mode);
  if (error != 0) return broken("pthread_create: " + errno_name(error));
  pthread_join(thread, nullptr);
  if (!mode.ok()) return refused(mode.error, "PR_GET_SECCOMP refused");
  return mode.value == 0 ? reached("a new thread has no filter")
                         : refused(0, "a new thread has mode " +
                                          std::to_string(mode.value));
}

const Register kProbe{{
    .id = "seccomp/every-thread",
    .claim = "The filter is in force in every thread.",
    .watches = {"seccomp"},
    .references = {"seccomp(2)", "OCI linux.seccomp"},
    .remedy = "Load the filter in the thread that executes the workload.",
    .attempt = attempt,
    .witness = [](Inside&) { return futexes_work(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_every_thread
