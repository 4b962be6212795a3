// Shared memory, semaphores and a message queue outside, under one key.
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes {
namespace {

key_t key_of(const std::string& nonce) {
  // Never IPC_PRIVATE (0), never negative.
  return static_cast<key_t>(
      (number(nonce.substr(0, 7), 16).value_or(0) | 0x10000000) & 0x7fffffff);
}

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
  const key_t key = key_of(outside.nonce());
  const int create = IPC_CREAT | IPC_EXCL | 0666;
  const int shm = shmget(key, 4096, create);
  const int sem = semget(key, 1, create);
  const int msg = msgget(key, create);
  outside.tell("shm", std::to_string(shm));
  outside.tell("sem", std::to_string(sem));
  outside.tell("msg", std::to_string(msg));
  return shm >= 0 && sem >= 0 && msg >= 0;
}

void clean(Outside& outside) {
  const auto shm = number(outside.told("shm"));
  const auto sem = number(outside.told("sem"));
  const auto msg = number(outside.told("msg"));
  if (shm) shmctl(static_cast<int>(*shm), IPC_RMID, nullptr);
  if (sem) semctl(static_cast<int>(*sem), 0, IPC_RMID);
  if (msg) msgctl(static_cast<int>(*msg), IPC_RMID, nullptr);
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
    .clean = clean,
}};

}  // namespace
}  // namespace bulkhead::probes
