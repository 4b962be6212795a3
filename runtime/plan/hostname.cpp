// utsns, netns and the sysctls that live in a namespace.
#include <fcntl.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <sstream>

#include "runtime/plan/builder.h"

namespace bulkhead {

void plan_utsns(Builder& builder) {
  struct Name {
    const std::optional<std::string>& text;
    const char* step;
    long number;
    const char* call;
    std::size_t offset;
    const char* tool;
  };
  const Name names[] = {
      {builder.spec.hostname, "utsns.hostname", SYS_sethostname, "sethostname",
       offsetof(utsname, nodename), "hostname "},
      {builder.spec.domainname, "utsns.domainname", SYS_setdomainname,
       "setdomainname", offsetof(utsname, domainname), "domainname "},
  };
  for (const Name& name : names) {
    if (!name.text) continue;
    builder
        .step(name.step, Boundary::kUtsns, Side::kChild,
              "Its own name, not the host's.")
        .call(name.number, std::string(name.call) + "(" + *name.text + ")",
              {builder.text(*name.text),
               value(static_cast<std::int64_t>(name.text->size()))})
        .call(SYS_uname, "uname()", {scratch()})
        .scratch_equals(*name.text + '\0', name.offset)
        .shell(name.tool + shell_word(*name.text));
  }
}

void plan_netns(Builder& builder) {
  if (!builder.is_new(NamespaceKind::kNet) || !builder.spec.loopback_up) return;
  const int slot = builder.slot();
  ifreq request{};
  std::memcpy(request.ifr_name, "lo", 3);
  request.ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING;
  std::string bytes(reinterpret_cast<const char*>(&request), sizeof request);
  builder
      .step("netns.loopback", Boundary::kNetns, Side::kChild,
            "127.0.0.1 works, and is its own.")
      .call(SYS_socket, "socket(AF_INET, SOCK_DGRAM)",
            {value(AF_INET), value(SOCK_DGRAM | SOCK_CLOEXEC), value(0)})
      .into(slot)
      .call(SYS_ioctl, "ioctl(SIOCSIFFLAGS, lo up)",
            {slot_value(slot), value(SIOCSIFFLAGS),
             builder.text(std::move(bytes))})
      .call(SYS_close, "close", {slot_value(slot)})
      .shell("ip link set lo up");
}

namespace {

/// A sysctl as the kernel says it again: proc_get_long() takes hexadecimal and
/// octal numbers, and shows decimal ones.
std::string as_read(const std::string& setting) {
  std::istringstream words(setting);
  std::string result;
  for (std::string word; words >> word;) {
    unsigned long number = 0;
    const std::size_t digits = word.starts_with("0x") ? 2 : 1;
    const char* end = word.data() + word.size();
    const bool prefixed = word.size() > digits && word[0] == '0';
    if (prefixed) {
      const auto [stop, error] = std::from_chars(word.data() + digits, end,
                                                 number, digits == 2 ? 16 : 8);
      if (error == std::errc() && stop == end) word = std::to_string(number);
    }
    if (!result.empty()) result += ' ';
    result += word;
  }
  return result;
}

/// Whether the kernel lets nobody read it (mode 0200 in net/ipv{4,6}/route.c):
/// writing it does something, and leaves nothing that could be weaker.
bool is_only_written(std::string_view name) {
  return name == "net.ipv4.route.flush" || name == "net.ipv6.route.flush";
}

}  // namespace

void plan_sysctls(Builder& builder) {
  for (const auto& [name, setting] : builder.spec.sysctls) {
    std::string path = "sys/" + name;
    std::replace(path.begin(), path.end(), '.', '/');
    const int slot = builder.slot();
    StepBuilder step =
        builder.step("netns.sysctl:" + name, Boundary::kNetns, Side::kChild,
                     "A setting of the container's own namespaces.",
                     "write it as the kernel shows it: sysctl " + name);
    step.call(SYS_openat, "open(/proc/" + path + ")",
              {slot_value(builder.proc_slot), builder.text(path),
               value(O_WRONLY | O_CLOEXEC)})
        .into(slot)
        .call(SYS_write, "write " + setting,
              {slot_value(slot), builder.text(setting),
               value(static_cast<std::int64_t>(setting.size()))})
        .call(SYS_close, "close", {slot_value(slot)})
        .shell("sysctl -q -w " + shell_word(name + "=" + setting));
    if (is_only_written(name)) continue;
    step.read_file(builder.proc_slot, path).scratch_has_words(as_read(setting));
  }
}

}  // namespace bulkhead
