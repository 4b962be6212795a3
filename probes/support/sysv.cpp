#include "probes/support/sysv.h"

#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "probes/support/text.h"

namespace bulkhead::probes {

key_t sysv_key(const std::string& nonce, std::size_t first) {
  const auto digits = number(nonce.substr(first, 7), 16).value_or(0);
  return static_cast<key_t>(digits | 0x10000000);
}

bool plant_sysv(Outside& outside, key_t key, unsigned mode) {
  const int create = IPC_CREAT | IPC_EXCL | static_cast<int>(mode);
  const int shm = shmget(key, 4096, create);
  const int sem = semget(key, 1, create);
  const int msg = msgget(key, create);
  outside.tell("shm", std::to_string(shm));
  outside.tell("sem", std::to_string(sem));
  outside.tell("msg", std::to_string(msg));
  return shm >= 0 && sem >= 0 && msg >= 0;
}

void remove_sysv(Outside& outside) {
  const auto shm = number(outside.told("shm"));
  const auto sem = number(outside.told("sem"));
  const auto msg = number(outside.told("msg"));
  if (shm) shmctl(static_cast<int>(*shm), IPC_RMID, nullptr);
  if (sem) semctl(static_cast<int>(*sem), 0, IPC_RMID);
  if (msg) msgctl(static_cast<int>(*msg), IPC_RMID, nullptr);
}

}  // namespace bulkhead::probes
