#include "verify/say.h"

#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

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

}  // namespace bulkhead::verify
