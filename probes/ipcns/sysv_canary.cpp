// Shared memory, semaphores and a message queue outside, under one key.
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "probes/support/sysv.h"
#include "probes/support/try.h"

namespace bulkhead::probes::ipcns_sysv_canary {
namespace {

key_t key_of(const std::string& nonce) { return sysv_key(nonce, 0); }

Observation attempt(Inside& inside) {
  const key_t key = key_of(inside.nonce());
  Tally tally;
  // EACCES: it is there, only not for us.
  tally.add("shmget", observe(called(shmget(key, 0, 0)), {EACCES}, "shmget"));
  tally.add("semget", observe(called(semget(key, 0, 0)), {EACCES}, "semget"));
  tally.add("msgget", observe(called(msgget(key, 0)), {EACCES}, "msgget"));
  return tally.result();
}

Observation witness(Inside&) {
  const int own = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
  if (own < 0) {
    if (errno == ENOSYS && !filtered()) return works("no SysV IPC here");
    return broken("own shmget: " + errno_name(errno));
  }
  shmctl(own, IPC_RMID, nullptr);
  return works("own shared memory");
}

bool plant(Outside& outside) {
  return plant_sysv(outside, key_of(outside.nonce()), 0666);
}

const Register kProbe{{
    .id = "ipcns/sysv-canary",
    .claim = "The host's System V IPC objects cannot be found.",
    .watches = {"ipcns"},
    .references = {"ipc_namespaces(7)", "sysvipc(7)", "CIS Docker 5.16"},
    .remedy = "Ask for a new ipc namespace.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = remove_sysv,
}};

}  // namespace
}  // namespace bulkhead::probes::ipcns_sysv_canary
