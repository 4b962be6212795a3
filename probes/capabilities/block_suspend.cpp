// The kernel does not refuse the flag, it forgets it: what is left stands in
// fdinfo.
#include <fcntl.h>
#include <sys/epoll.h>

#include <array>
#include <optional>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_block_suspend {
namespace {

// The events that the kernel keeps, as fdinfo shows them.
std::optional<unsigned long long> kept(int poller) {
  const auto info = slurp("/proc/self/fdinfo/" + std::to_string(poller));
  if (!info) return std::nullopt;
  const auto words = split(*info, ' ');
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "events:") return number(words[i + 1], 16);
  }
  return std::nullopt;
}

Observation attempt(Inside& inside) {
  if (inside.planted("sleeps") == "no") {
    return absent("this kernel cannot sleep (CONFIG_PM_SLEEP)");
  }
  const int poller = epoll_create1(EPOLL_CLOEXEC);
  std::array<int, 2> ends{};
  if (poller < 0 || pipe2(ends.data(), O_CLOEXEC) != 0) {
    return broken("epoll_create1, pipe2: " + errno_name(errno));
  }
  epoll_event event{};
  event.events = EPOLLIN | EPOLLWAKEUP;
  if (epoll_ctl(poller, EPOLL_CTL_ADD, ends[0], &event) != 0) {
    return broken("epoll_ctl: " + errno_name(errno));
  }
  const auto events = kept(poller);
  if (!events) return broken("/proc/self/fdinfo does not show the events");
  return (*events & EPOLLWAKEUP) != 0 ? reached("EPOLLWAKEUP is kept")
                                      : refused(0, "EPOLLWAKEUP is forgotten");
}

Observation witness(Inside&) {
  const int poller = epoll_create1(EPOLL_CLOEXEC);
  std::array<int, 2> ends{};
  if (poller < 0 || pipe2(ends.data(), O_CLOEXEC) != 0) {
    return broken("epoll_create1, pipe2: " + errno_name(errno));
  }
  epoll_event event{};
  event.events = EPOLLIN;
  if (epoll_ctl(poller, EPOLL_CTL_ADD, ends[0], &event) != 0 ||
      write(ends[1], "x", 1) != 1) {
    return broken("epoll_ctl, write: " + errno_name(errno));
  }
  return epoll_wait(poller, &event, 1, 1000) == 1
             ? works("epoll tells of a byte")
             : broken("epoll_wait: " + errno_name(errno));
}

const Register kProbe{{
    .id = "capabilities/block-suspend",
    .claim = "The machine cannot be kept from its sleep.",
    .watches = {"capabilities", "userns"},
    .references = {"capabilities(7) CAP_BLOCK_SUSPEND",
                   "epoll_ctl(2) EPOLLWAKEUP"},
    .remedy = "Drop CAP_BLOCK_SUSPEND.",
    .attempt = attempt,
    .witness = witness,
    .plant =
        [](Outside& outside) {
          const bool sleeps = access("/sys/power/wakeup_count", F_OK) == 0;
          outside.tell("sleeps", sleeps ? "yes" : "no");
          return true;
        },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_block_suspend
