#include "verify/say.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "verify/report.h"

namespace bulkhead::verify {

bool say_text(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = write(fd, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

bool say_line(int fd, const nlohmann::json& value) {
  using nlohmann::json;
  return say_text(
      fd, value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
}

int complain(const char* verb, const Error& error) {
  std::fprintf(stderr, "bulkhead %s: %s\n", verb, error.message().c_str());
  return error.kind == ErrorKind::kUsage ? kExitUsage : kExitInconclusive;
}

}  // namespace bulkhead::verify
