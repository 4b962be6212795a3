// The tables of System V IPC objects: shown whatever an object's permissions
// say.
#include "probes/support/sysv.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::ipcns_sysv_tables {
namespace {

key_t key_of(const std::string& nonce) { return sysv_key(nonce, 8); }

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
  return plant_sysv(outside, key_of(outside.nonce()), 0600);
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
    .clean = remove_sysv,
}};

}  // namespace
}  // namespace bulkhead::probes::ipcns_sysv_tables
