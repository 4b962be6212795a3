#include <fcntl.h>
#include <mqueue.h>
#include <sys/stat.h>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::ipcns_posix_mq_canary {
namespace {

mq_attr small() {
  mq_attr attributes{};
  attributes.mq_maxmsg = 1;
  attributes.mq_msgsize = 16;
  return attributes;
}

Observation attempt(Inside& inside) {
  const Called opened =
      called(mq_open(("/" + inside.nonce()).c_str(), O_RDONLY | O_NONBLOCK));
  if (opened.ok()) mq_close(static_cast<mqd_t>(opened.value));
  return observe(opened, {EACCES}, "mq_open");
}

Observation witness(Inside&) {
  const std::string name = "/own-" + std::to_string(getpid());
  mq_attr attributes = small();
  const mqd_t own = mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
                            0600, &attributes);
  if (own < 0) {
    if (errno == ENOSYS && !filtered()) return works("no message queues here");
    return broken("own mq_open: " + errno_name(errno));
  }
  mq_close(own);
  mq_unlink(name.c_str());
  return works("own message queue");
}

bool plant(Outside& outside) {
  const std::string name = "/" + outside.nonce();
  mq_attr attributes = small();
  const mode_t mask = umask(0);
  const mqd_t queue = mq_open(
      name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666, &attributes);
  umask(mask);
  if (queue < 0) return false;
  mq_close(queue);
  outside.tell("name", name);
  return true;
}

void clean(Outside& outside) {
  const std::string name = outside.told("name");
  if (!name.empty()) mq_unlink(name.c_str());
}

const Register kProbe{{
    .id = "ipcns/posix-mq-canary",
    .claim = "The host's POSIX message queues cannot be opened.",
    .watches = {"ipcns"},
    .references = {"ipc_namespaces(7)", "mq_overview(7)"},
    .remedy = "Ask for a new ipc namespace.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
}};

}  // namespace
}  // namespace bulkhead::probes::ipcns_posix_mq_canary
