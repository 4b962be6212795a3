// The tables of System V IPC objects: shown whatever an object's permissions
// say.
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes {
namespace {

key_t key_of(const std::string& nonce) {
  // Never IPC_PRIVATE (0), never negative, not that of sysv_canary.
  return static_cast<key_t>(
      (number(nonce.substr(8, 7), 16).value_or(0) | 0x20000000) & 0x7fffffff);
}

// The first column of every line is the key.
Observation look_in(const std::string& table, const std::string& key) {
  const auto text = slurp("/proc/sysvipc/" + table);
  if (!text) return refused(errno);
  for (const std::string& line : split(*text, '\n')) {
    const auto words = split(line, ' ');
    if (!words.empty() && words.front() == key) return reached("shows the key");
  }
  return refused(ENOENT);
}

Observation attempt(Inside& inside) {
  const std::string key = std::to_string(key_of(inside.nonce()));
  Tally tally;
  for (const char* table : {"shm", "sem", "msg"}) {
    tally.add(table, look_in(table, key));
  }
  return tally.result();
}

Observation witness(Inside&) {
  if (slurp("/proc/sysvipc/shm")) return works("/proc/sysvipc/shm can be read");
  return errno == ENOENT ? works("no /proc/sysvipc here")
                         : broken("/proc/sysvipc/shm: " + errno_name(errno));
}

bool plant(Outside& outside) {
  const key_t key = key_of(outside.nonce());
  const int create = IPC_CREAT | IPC_EXCL | 0600;
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
    .id = "ipcns/sysv-tables",
    .claim = "The host's System V IPC objects are not listed.",
    .watches = {"ipcns"},
    .references = {"ipc_namespaces(7)", "proc_sysvipc(5)", "CIS Docker 5.16"},
    .remedy = "Ask for a new ipc namespace.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
}};

}  // namespace
}  // namespace bulkhead::probes
